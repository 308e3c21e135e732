"""The little language of these tests.

A timeline is drawn one event a line, in the order of arrival (`;` also ends a line):

    10:00 cart_item_added c1 p1*2@9.5      a contact's event: time, type, contact, main field
    10:30 stock_changed p1 0 location=L1   a product's event: time, type, product, main field
    10:40 order_placed c1 o1 items=p1,p2   further fields of `data` as name=JSON or name=word
    10:45 searched c1 bags #e-7            `#` gives the event an id; without it there is none
    1d+12:00 end                           --until; `1d+` is one day after the day of the tests

An item is drawn `product`, `*quantity`, `@price`. Expected lines have the form

    11:00 fired cart_left c1 key=p1 rung=1h anchor=10:00 emitted=12:00

where the time is `entered_at`; `anchor` and `emitted` are left out where they equal it, `key` and
`rung` where they are null. `suppressed` lines (with `reason=`) and `deferred` ones are compared
with the decisions, `fired` and `cancelled` ones with the triggers, both in order. What a policy
adds stands there where it says something: `released=` where it is not `entered_at`, `variant=`,
`allowed=`, `until=`, `by=`. What became of contacts is drawn
`12:00 merged c2 from=c1`, and so are, where a test asks for them, changes of membership.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from textwrap import dedent, indent
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from streamseg.rules import RuleErrors, parse_rules
from streamseg.rules.document import parse_document
from streamseg.rules.schema import rules_schema
from tests.replaying import run_replay

Record = dict[str, Any]

DAY = datetime(2026, 11, 21, tzinfo=UTC)
PRODUCT_TYPES = ("stock_changed", "price_changed", "product_updated")
MAIN_FIELD = {
    "searched": "query",
    "category_viewed": "category",
    "order_placed": "order",
    "order_cancelled": "order",
    "stock_changed": "quantity",
    "price_changed": "price",
    "contact_merged": "from",
    "cart_updated": "items",
    "checkout_started": "cart",
}
ITEM = re.compile(r"(?P<product>[^*@]+)(\*(?P<quantity>[^@]+))?(@(?P<price>.+))?")
CLOCK = re.compile(r"(?:(-?\d+)d\+)?(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{3}))?)?")
OUTPUT_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def at(clock: str) -> datetime:
    """The moment that `10:00`, `10:00:01.250` or `2d+10:00` means on the day of the tests."""
    match = CLOCK.fullmatch(clock)
    assert match, f"not a time of a timeline: {clock}"
    days, hours, minutes, seconds, millis = (int(part or 0) for part in match.groups())
    return DAY + timedelta(
        days=days, hours=hours, minutes=minutes, seconds=seconds, milliseconds=millis
    )


def rfc(clock: str) -> str:
    """The same moment as it stands in input and output: RFC 3339, three decimals, `Z`."""
    return at(clock).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def show(moment: str) -> str:
    """An output time in the short form of the timelines; what is no output time is an error."""
    assert OUTPUT_TIME.fullmatch(moment), f"not RFC 3339 in UTC with three decimals: {moment}"
    since = datetime.fromisoformat(moment) - DAY
    clock = (DAY + since).strftime("%H:%M:%S.") + f"{since.microseconds // 1000:03d}"
    clock = clock.removesuffix(".000").removesuffix(":00")
    return f"{since.days}d+{clock}" if since.days else clock


def _value(word: str) -> Any:
    try:
        return json.loads(word)
    except ValueError:
        return word


def _item(word: str) -> Record:
    match = ITEM.fullmatch(word)
    assert match, f"not an item: {word}"
    product, quantity, price = match["product"], match["quantity"], match["price"]
    item: Record = {"product": product}
    if quantity is not None:
        item["quantity"] = _value(quantity)
    if price is not None:
        item["price"] = _value(price)
    return item


def _items(word: str) -> Any:
    if word.startswith(("[", "{", "null")):
        return json.loads(word)
    return [_item(each) for each in word.split(",")]


def _main(kind: str, word: str) -> Record:
    """The fields that the word right after the subject stands for."""
    field = MAIN_FIELD.get(kind, "channel" if kind.startswith("message_") else "product")
    if field == "product":
        return _item(word)
    return {field: _items(word) if field == "items" else _value(word)}


def event(line: str) -> Record:
    """One drawn line as the JSON object of an event."""
    clock, kind, subject, *words = line.split()
    data: Record = {}
    record: Record = {"type": kind, "time": rfc(clock)}
    record["product" if kind in PRODUCT_TYPES else "contact"] = subject
    for word in words:
        name, equals, text = word.partition("=")
        if word.startswith("#"):
            record["id"] = word[1:]
        elif equals:
            data[name] = _items(text) if name == "items" else _value(text)
        else:
            data |= _main(kind, word)
    if data:
        record["data"] = data
    return record


def lines(drawn: str) -> list[str]:
    return [line.strip() for line in re.split(r"[;\n]", drawn) if line.strip()]


def events(timeline: str) -> tuple[list[Record], str | None]:
    """The events of a timeline in the order of arrival, and its end, if it has one."""
    drawn = lines(timeline)
    ends = [line.split()[0] for line in drawn if line.endswith(" end")]
    assert len(ends) <= 1, "a timeline ends once"
    records = [event(line) for line in drawn if not line.endswith(" end")]
    return records, rfc(ends[0]) if ends else None


def rules_file(segments: str, value: str | None = None) -> str:
    """A rule file of the given list of segments, with what `value` says on one line; or of given
    `policies:` and `segments:`.
    """
    head = "" if value is None else f"value: {value}\n"
    if "segments:" in segments:
        return f"version: 1\n{head}" + dedent(segments).strip("\n") + "\n"
    return f"version: 1\n{head}segments:\n" + indent(dedent(segments).strip("\n"), "  ") + "\n"


def show_outcome(outcome: Record) -> str:
    """One output object as an expected line."""
    entered = show(outcome["entered_at"])
    kind = outcome["type"].removeprefix("trigger.")
    words = [entered, kind, outcome["segment"], outcome["contact"]]
    given = [name for name in ("key", "rung") if outcome[name] is not None]
    words += [f"{name}={outcome[name]}" for name in given]
    moment, mark, event_id = outcome["anchor"].partition("#")
    anchor = show(moment) + mark + event_id
    if anchor != entered:
        words.append(f"anchor={anchor}")
    if (emitted := show(outcome["emitted_at"])) != entered:
        words.append(f"emitted={emitted}")
    given = [name for name in ("reason", "from") if name in outcome]
    words += [f"{name}={outcome[name]}" for name in given]
    words += _of_policy(outcome)
    return " ".join(words)


def _of_policy(outcome: Record) -> list[str]:
    """What a policy adds to an output object."""
    words = []
    if outcome.get("released_at", outcome["entered_at"]) != outcome["entered_at"]:
        words.append(f"released={show(outcome['released_at'])}")
    if outcome.get("variant") is not None:
        words.append(f"variant={outcome['variant']}")
    if "allowed" in outcome:
        words.append(f"allowed={'+'.join(outcome['allowed'])}")
    if "until" in outcome:
        words.append(f"until={show(outcome['until']) if outcome['until'] else 'never'}")
    if "by" in outcome:
        words.append(f"by={outcome['by'].replace(' ', ':')}")
    return words


def show_news(outcome: Record) -> str:
    """What became of a contact as an expected line."""
    kind = outcome["type"].removeprefix("contact.")
    moment = outcome["erased_at" if kind == "erased" else "merged_at"]
    words = [show(moment), kind, outcome["contact"]]
    return " ".join(words + ([f"from={outcome['from']}"] if "from" in outcome else []))


def show_change(outcome: Record) -> str:
    """A change of membership as an expected line; the time of an exit is when it was."""
    kind = outcome["type"].removeprefix("segment.")
    moment = show(outcome["exited_at" if kind == "exited" else "entered_at"])
    given = [name for name in ("key", "rung", "cause", "from") if outcome.get(name) is not None]
    drawn = [f"{name}={outcome[name]}" for name in given]
    return " ".join([moment, kind, outcome["segment"], outcome["contact"], *drawn])


@dataclass(frozen=True)
class Played:
    """What a timeline brought."""

    triggers: list[Record]
    decisions: list[Record]
    membership: list[Record]
    refused: list[Record]
    news: list[Record] = field(default_factory=list)

    def became(self) -> list[str]:
        return [show_news(outcome) for outcome in self.news]

    def changes(self) -> list[str]:
        return [show_change(outcome) for outcome in self.membership]

    def told(self) -> list[str]:
        return [show_outcome(outcome) for outcome in self.triggers]

    def held_back(self) -> list[str]:
        return [show_outcome(outcome) for outcome in self.decisions]

    def carts(self) -> list[dict[str, Any]]:
        """The quantity of each product in the cart of each fired trigger, and its total."""
        return [
            {item["product"]: item["quantity"] for item in fired["context"]["cart"]["items"]}
            | {"total": fired["context"]["cart"]["total"]}
            for fired in self.triggers
            if fired["type"] == "trigger.fired"
        ]


def play_events(
    segments: str, records: list[Record], *, until: str | None = None, lateness: str = "0s"
) -> Played:
    """Run events through the engine, once at a stretch and once restarted after every event."""
    rules = rules_file(segments)
    runs = []
    for every in (None, 1):
        result = run_replay(rules, records, until=until, lateness=lateness, restart_every=every)
        told = (result.triggers, result.decisions, result.membership)
        triggers, decisions, membership = (
            [one for one in stream if not _is_news(one)] for stream in told
        )
        news = [one for stream in (told[1], told[2]) for one in stream if _is_news(one)]
        assert [one for one in told[0] if _is_news(one)] == [
            one for one in told[2] if _is_news(one)
        ]
        runs.append(Played(triggers, decisions, membership, result.dlq, news))
    whole, restarted = runs
    assert restarted == whole, "a restart after every event changed the output"
    _check_ids(whole)
    return whole


def _is_news(outcome: Record) -> bool:
    return outcome["type"].startswith("contact.")


def _check_ids(played: Played) -> None:
    """An id stands for (segment, contact, key, rung, anchor); a cancelled one has fired before."""
    meaning: dict[str, tuple[str | None, ...]] = {}
    fired = set()
    for outcome in played.triggers + played.decisions:
        named = tuple(outcome[name] for name in ("segment", "contact", "key", "rung", "anchor"))
        assert meaning.setdefault(outcome["id"], named) == named
    assert len(set(meaning.values())) == len(meaning), "two ids for one episode"
    for outcome in played.triggers:
        if outcome["type"] == "trigger.fired":
            assert outcome["id"] not in fired, "one episode was told twice"
            fired.add(outcome["id"])
        else:
            assert outcome["type"] == "trigger.cancelled"
            assert outcome["id"] in fired
    kinds = {outcome["type"] for outcome in played.decisions}
    assert kinds <= {"trigger.suppressed", "trigger.deferred"}


def play(segments: str, timeline: str, *, lateness: str = "0s") -> Played:
    """Run a drawn timeline; nothing of it may be refused."""
    records, until = events(timeline)
    played = play_events(segments, records, until=until, lateness=lateness)
    assert played.refused == []
    return played


def expect(segments: str, timeline: str, expected: str, *, lateness: str = "0s") -> Played:
    """Run a drawn timeline and compare what came out, line by line, with the expected lines."""
    played = play(segments, timeline, lateness=lateness)
    wanted = lines(expected)
    held_back = [line for line in wanted if line.split()[1] in ("suppressed", "deferred")]
    assert played.told() == [line for line in wanted if line not in held_back]
    assert played.held_back() == held_back
    return played


def is_in_schema(segments: str) -> bool:
    """Whether the published schema lets a rule file; `§` is left out."""
    file = parse_document(rules_file(segments).replace("§", ""), "f").plain()
    return Draft202012Validator(rules_schema()).is_valid(file)


def refuse(segments: str, *words: str) -> None:
    """Check that a rule file has one error, at the place marked `§`, with these words in it."""
    marked = rules_file(segments)
    before = marked[: marked.index("§")]
    with pytest.raises(RuleErrors) as raised:
        parse_rules(marked.replace("§", ""))
    (error,) = raised.value.errors
    place = before.count("\n") + 1, len(before) - before.rfind("\n")
    assert (error.line, error.column) == place
    assert [word for word in words if word not in error.message] == []
