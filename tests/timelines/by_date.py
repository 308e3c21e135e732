"""Timelines over months and years: events and expectations by date, all in UTC.

    2026-01-10T12:00 order 40              an order of contact c1 of that total
    2026-01-10T12:00 order 40 #o1          of that name
    2026-01-12T12:00 cancel #o1            it is cancelled
    2026-03-01 view                        a view
    2026-03-01 tick                        a view of somebody else
    2026-03-01 told birthday=1990-03-14    attributes of the contact
    2027-01-01 end                         --until

Expected lines have the form `2026-02-09T12:00 fired NAME`, where the time is `entered_at`; to which
`anchor=`, `from=`, `to=`, `rung=`, `reason=` and `emitted=` are added where a test asks for them.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import dedent, indent
from typing import Any

from tests.replaying import run_replay

Record = dict[str, Any]


def rfc(date: str) -> str:
    """A moment as it stands in input and output."""
    moment = datetime.fromisoformat(date)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def show(moment: str) -> str:
    """A moment of the output without what is nought at its end."""
    return moment.removesuffix("Z").removesuffix(".000").removesuffix(":00")


def file_of(value: str, segments: str) -> str:
    """A rule file with a ``value`` (or more that goes before segments) and segments."""
    if value.startswith("policies:"):
        return f"version: 1\n{value}\n{file_of('', segments).partition(chr(10))[2]}"
    head = f"value:\n{indent(dedent(value).strip(chr(10)), '  ')}\n" if value else ""
    return f"version: 1\n{head}segments:\n{indent(dedent(segments).strip(chr(10)), '  ')}\n"


def event(line: str, number: int) -> Record:
    """The event of a drawn line."""
    date, what, *words = line.split()
    name = next((word[1:] for word in words if word.startswith("#")), f"o{number}")
    words = [word for word in words if not word.startswith("#")]
    record: Record = {"contact": "c1", "time": rfc(date)}
    if what == "order":
        data: Record = {"order": name}
        if words and "=" not in words[0]:
            data["total"] = json.loads(words.pop(0))
        return record | {"type": "order_placed", "data": data | pairs(words)}
    if what == "cancel":
        return record | {"type": "order_cancelled", "data": {"order": name}}
    if what == "told":
        return record | {"type": "contact_updated", "data": pairs(words)}
    if what == "tick":
        return record | {"type": "page_viewed", "contact": "stranger"}
    if what == "view":
        return record | {"type": "page_viewed"}
    return record | {"type": what, "data": pairs(words)}


def pairs(words: list[str]) -> Record:
    found: Record = {}
    for word in words:
        name, _, text = word.partition("=")
        try:
            found[name] = json.loads(text)
        except ValueError:
            found[name] = text
    return found


@dataclass(frozen=True)
class Told:
    """What a timeline brought: triggers, and those held back, as in the output; and what was
    counted.
    """

    triggers: list[Record]
    decisions: list[Record]
    membership: list[Record]
    stats: list[Record]

    def lines(self, *fields: str) -> list[str]:
        return [_line(one, fields) for one in self.triggers]

    def held_back(self, *fields: str) -> list[str]:
        return [_line(one, ("reason", *fields)) for one in self.decisions]

    def stays(self) -> list[str]:
        """Entries and exits, with their causes."""
        found = []
        for one in self.membership:
            entered = one["type"] == "segment.entered"
            time = show(one["entered_at"] if entered else one["exited_at"])
            found.append(f"{time} {'in' if entered else 'out'} {one['segment']} {one['cause']}")
        return found


def _line(told: Record, fields: tuple[str, ...]) -> str:
    words = [show(told["entered_at"]), told["type"].removeprefix("trigger."), told["segment"]]
    for field in fields:
        value = told[field] if field in told else told["context"].get(field)
        if field in ("anchor", "emitted_at"):
            moment, mark, rest = value.partition("#")
            value = show(moment) + mark + rest
        if value is not None:
            words.append(f"{field.removesuffix('_at')}={value}")
    return " ".join(words)


def play(value: str, segments: str, timeline: str, *, lateness: str = "5s") -> Told:
    """Run a timeline, once at a stretch and once restarted after every event."""
    drawn = [line.strip() for line in timeline.replace(";", "\n").splitlines() if line.strip()]
    ends = [line.split()[0] for line in drawn if line.endswith(" end")]
    records = [event(line, n) for n, line in enumerate(drawn) if not line.endswith(" end")]
    runs = []
    for every in (None, 1):
        result = run_replay(
            file_of(value, segments),
            records,
            until=rfc(ends[0]) if ends else None,
            lateness=lateness,
            restart_every=every,
        )
        assert not result.dlq
        of_all = (result.triggers, result.decisions, result.membership)
        mine = [[one for one in each if one["contact"] == "c1"] for each in of_all]
        runs.append(Told(*mine, result.stats))
    assert runs[0] == runs[1], "a restart after every event changed the output"
    return runs[0]
