"""What is remembered of a contact under a set of rules, in words, and about how many bytes.

All of it comes from `Feature.memory`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from streamseg.core.alerting.memory import WEEKS
from streamseg.core.alerting.wording import worded
from streamseg.core.counting.terms import Alert
from streamseg.core.features.base import INSTANT_BYTES, Memory
from streamseg.core.policies.event_memory import MAX_BYTES
from streamseg.core.policies.policy import MAX_WAITING, Policy
from streamseg.core.segments.key_groups import KeyGroup
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.segments.segment import Segment
from streamseg.core.values.timestamps import format_duration
from streamseg.core.vocabulary import MAX_ID_BYTES, MAX_TYPE_BYTES
from streamseg.rules.personal import PROTECT, Read, read_by, read_lines

USUAL_KEYS: Final = 3
_COLUMN_BYTES: Final = 5  # of a feature, slot or segment in a map
_MAP_BYTES: Final = 5
_KEY_BYTES: Final = MAX_ID_BYTES + 3
_IDS_BYTES: Final = 1 + 64 * 7 + 3
_ANCHOR_TEXT_BYTES: Final = 24 + 1 + 300  # of an instant rule: time and name of the event
_WAITING_BYTES: Final = 80  # of a trigger that waits
_EVENT_BYTES: Final = MAX_BYTES + MAX_TYPE_BYTES + 3 * MAX_ID_BYTES + 30
_GATES_BYTES: Final = 20 * (64 + INSTANT_BYTES)  # each gate that it met, by its name
# Head, array, layout, latest, ids, orders, and five maps.
_FIXED: Final = Memory(
    what="up to which instant it is decided, and hashes of 7 bytes of the last 64 events "
    "with an id and of the last 64 orders, so that nothing counts twice",
    until="for as long as the contact is",
    typical=25 + 5 * 7,
    most=7 + 1 + 5 + INSTANT_BYTES + 2 * _IDS_BYTES + 6 * _MAP_BYTES,
)


_TABLES: Final = Memory(
    what="under which quantile table it is decided, and which census counted it before its turn",
    until="for as long as the contact is",
    typical=7 + INSTANT_BYTES,
    most=7 + 2 * INSTANT_BYTES,
)


class Remembered(msgspec.Struct, frozen=True):
    """One thing that is remembered: of the contact, or of each of its keys in a key group.

    ``number`` names it; ``segments`` are those that need it, or PROTECT.
    """

    number: int
    per: str | None
    segments: list[str]
    memory: Memory


class Keys(msgspec.Struct, frozen=True):
    """Keys that are remembered: of which field, how many at most, for which segments."""

    per: str
    most: int
    segments: list[str]
    memory: Memory


class Explained(msgspec.Struct, frozen=True):
    """A segment: the numbers of the features that it needs, the memory of its membership, and the
    version of its policy, if it has one.
    """

    name: str
    per: str | None
    needs: list[int]
    membership: Memory
    policy: str | None = None


class ExplainedAlert(msgspec.Struct, frozen=True):
    """An alert on a segment: what it is about, and what is remembered for it."""

    name: str
    segment: str
    what: str
    remembered: str


class Explanation(msgspec.Struct, frozen=True):
    """What a rule set remembers; ``typical`` and ``most`` are bytes of a contact in all.

    ``waiting``: the triggers that wait for policies. ``zones``: the version of tzdata that gives
    time zones. ``alerts`` are remembered once for all contacts. ``read``: all fields and attributes
    that the rules read.
    """

    of_all: Memory
    segments: list[Explained]
    remembered: list[Remembered]
    keys: list[Keys]
    typical: int
    most: int
    waiting: Memory | None = None
    zones: str = ""
    alerts: list[ExplainedAlert] = []
    tables: Memory | None = None
    read: list[Read] = []


def explain(rules: RuleSet) -> Explanation:
    """What is remembered of a contact under these rules."""
    remembered: list[Remembered] = []
    numbers: dict[tuple[int, int], int] = {}

    def note(key_group: int, column: int, memory: Memory, per: str | None, who: list[str]) -> None:
        numbers[key_group, column] = len(remembered) + 1
        remembered.append(Remembered(len(remembered) + 1, per, who, memory))

    for column, feature in enumerate(rules.contact.features):
        who = [one.name for one in rules.segments if column in _columns(one)]
        who += [PROTECT] if column in rules.protect_columns else []
        note(-1, column, feature.memory, None, who)
    for key_group in rules.key_groups:
        for column, feature in enumerate(key_group.columns.features):
            who = [one.name for one in key_group.segments if column in one.key_columns]
            note(key_group.index, column, feature.memory, key_group.per, who)
    segments = [_explained(one, numbers) for one in rules.segments]
    keys = [_keys(one, segments) for one in rules.key_groups]
    of_contact = [one.memory for one in remembered if one.per is None]
    own = [one.membership for one in segments if one.per is None]
    waiting = _waiting(rules)
    parts = [_FIXED, *of_contact, *own, *(one.memory for one in keys)]
    parts += [] if waiting is None else [waiting]
    tables = _TABLES if rules.tabled else None
    parts += [] if tables is None else [tables]
    # Of a feature that time changes the next instant is shown, too.
    columns = len(of_contact) * (2 * _COLUMN_BYTES + INSTANT_BYTES)
    return Explanation(
        of_all=_FIXED,
        segments=segments,
        remembered=remembered,
        keys=keys,
        typical=sum(one.typical for one in parts) + len(of_contact),
        most=sum(one.most for one in parts) + columns,
        waiting=waiting,
        alerts=[_alert(one) for one in ([] if rules.counting is None else rules.counting.alerts)],
        tables=tables,
        read=read_by(rules),
        zones=next((p.policies.zones_version for p in _policies(rules) if p.needs_zone), ""),
    )


def _alert(alert: Alert) -> ExplainedAlert:
    remembered = "since when it is so, and whether it is raised"
    if alert.within is not None:
        within = format_duration(alert.within)
        remembered += f"; the size at each minute of the last {within}"
    elif alert.measure != "members":
        zone = alert.zone.name
        remembered += f"; the mean of each hour of the last {WEEKS} weeks, by clocks in {zone}"
    return ExplainedAlert(alert.name, alert.segment, worded(alert), remembered)


def _policies(rules: RuleSet) -> list[Policy]:
    return [one.policy for one in rules.segments if one.policy is not None]


def _columns(segment: Segment) -> list[int]:
    """The columns of the contact's features that a segment needs, its policy included."""
    own = [] if segment.policy is None else segment.policy.columns
    return list(dict.fromkeys([*segment.columns, *own]))


def _waiting(rules: RuleSet) -> Memory | None:
    """The memory of triggers that wait, if any may wait."""
    gated = [one for one in rules.segments if one.policy is not None and one.policy.has_gates]
    if not gated:
        return None
    event = max(_EVENT_BYTES if one.wants_event else 0 for one in gated)
    most = 8 * INSTANT_BYTES + _KEY_BYTES + _ANCHOR_TEXT_BYTES + _GATES_BYTES + event
    return Memory(
        what=f"up to {MAX_WAITING} triggers that wait: which, since when, and for what; with the "
        "event of an instant rule",
        until="it is released, or its wait ends",
        typical=_WAITING_BYTES,
        most=MAX_WAITING * most,
        approximate=f"of more than {MAX_WAITING} the last is not told; of an event with more than "
        f"{MAX_BYTES:,} bytes of data the data",
    )


def _explained(segment: Segment, numbers: dict[tuple[int, int], int]) -> Explained:
    return Explained(
        name=segment.name,
        per=segment.per,
        needs=[
            *(numbers[-1, column] for column in _columns(segment)),
            *(numbers[segment.key_group, column] for column in segment.key_columns),
        ],
        membership=_membership(segment),
        policy=None if segment.policy is None else segment.policy.version,
    )


def _membership(segment: Segment) -> Memory:
    """The memory of membership in a segment: a slot for each rung, and the deadline."""
    if segment.keeps is not None:
        return Memory(
            what=f"the last two moves of {segment.keeps.name}: what it was and is, and since when",
            until="for as long as the contact is",
            typical=5 + 2 * INSTANT_BYTES,
            most=_COLUMN_BYTES + 8 + 3 * INSTANT_BYTES + _COLUMN_BYTES,
        )
    if segment.follows is not None:
        return Memory(
            what=f"what comes of a prediction ({segment.follows.predicted.asks()}): the last order "
            "day, and while it is open since when, and how probable an order was",
            until="for as long as the contact is",
            typical=5 + INSTANT_BYTES,
            most=_COLUMN_BYTES + 4 + 2 * INSTANT_BYTES + _COLUMN_BYTES + INSTANT_BYTES,
        )
    rungs = len(segment.rungs)
    anchors = 2 * (_ANCHOR_TEXT_BYTES if segment.is_instant else INSTANT_BYTES)
    steps = "" if rungs == 1 else f", for each of its {rungs} rungs"
    told = "when it last fired and how often" if segment.definition.trigger else ""
    inside = "" if segment.is_instant else "whether the contact is in it, since when"
    return Memory(
        what=" and ".join(one for one in (inside, told) if one) + steps,
        until="for as long as the contact (or the key) is",
        typical=rungs * (2 + 3 * INSTANT_BYTES + 2) + INSTANT_BYTES,
        most=rungs * (_COLUMN_BYTES + 1 + 1 + anchors + 2 * INSTANT_BYTES + 5)
        + _COLUMN_BYTES
        + INSTANT_BYTES,
    )


def _keys(key_group: KeyGroup, segments: list[Explained]) -> Keys:
    """The memory of all keys of a key group: that of one key, times the largest number of keys."""
    names = [one.name for one in key_group.segments]
    own = [one.membership for one in segments if one.name in names]
    parts = [*(one.memory for one in key_group.columns.features), *own]
    head = 1 + INSTANT_BYTES + 2 * _MAP_BYTES
    columns = len(key_group.columns.features) * _COLUMN_BYTES
    typical = 12 + 1 + INSTANT_BYTES + 2 + sum(one.typical + 1 for one in parts)
    # The key stands once with its state, and once more with each segment's next instant.
    most = head + columns + _total(parts) + _KEY_BYTES * (1 + len(names)) + len(names) * 14
    return Keys(
        per=key_group.per,
        most=key_group.max_keys,
        segments=names,
        memory=Memory(
            what=f"the last {key_group.max_keys} values of `{key_group.per}` that the contact's "
            "events named, when each last was",
            until="the one not named for longest leaves with all that is remembered of it",
            typical=min(USUAL_KEYS, key_group.max_keys) * typical,
            most=key_group.max_keys * most + (1 + 2 * len(names)) * _MAP_BYTES,
        ),
    )


def _total(memories: Iterable[Memory]) -> int:
    return sum(one.most for one in memories)


def explanation_lines(found: Explanation) -> list[str]:
    """An explanation for people, a line at a time."""
    by_number = {one.number: one for one in found.remembered}
    shared = [one for one in found.remembered if len(one.segments) > 1]
    lines = ["Of every contact", *_shown(found.of_all), ""]
    for segment in found.segments:
        lines.append(segment.name + (f", for each {segment.per}" if segment.per else ""))
        for number in segment.needs:
            one = by_number[number]
            if one in shared:
                lines.append(f"  - [{number}], see below: it is shared")
            else:
                lines += _shown(one.memory)
        lines += [*_shown(segment.membership), ""]
    protecting = [one.memory for one in found.remembered if one.segments == [PROTECT]]
    if protecting:
        lines += [PROTECT, *(line for one in protecting for line in _shown(one)), ""]
    if shared:
        lines.append("Shared by several segments, and remembered once")
        for one in shared:
            lines += _shown(one.memory, f"[{one.number}] for {', '.join(one.segments)}: ")
        lines.append("")
    if found.keys:
        lines.append("Keys, with all that is remembered of each")
        for keys in found.keys:
            lines += _shown(keys.memory, f"for {', '.join(keys.segments)}: ")
        lines.append("")
    if found.waiting is not None:
        lines += ["Of triggers that policies have wait", *_shown(found.waiting)]
        lines += [f"    Clocks: by tzdata {found.zones}", ""] if found.zones else [""]
    lines += _lines_of_alerts(found.alerts)
    if found.tables is not None:
        lines += ["For tables of quantiles", *_shown(found.tables), ""]
    lines += ["Fields of events, and attributes, with who needs them", *read_lines(found.read), ""]
    lines.append(
        "What is decided and waits to be told stands there besides, for as long as `lateness`."
    )
    lines.append(f"A contact takes about {_bytes(found.typical)}, at most {_bytes(found.most)}.")
    return lines


def _lines_of_alerts(alerts: list[ExplainedAlert]) -> list[str]:
    lines = ["Alerts, remembered once for all contacts"] if alerts else []
    for alert in alerts:
        lines.append(f"  - {alert.name}: {alert.segment}, {alert.what}")
        lines.append(f"    Remembered: {alert.remembered}")
    return [*lines, ""] if alerts else []


def _shown(memory: Memory, before: str = "") -> list[str]:
    size = f"about {_bytes(memory.typical)}, at most {_bytes(memory.most)}"
    lines = [f"  - {before}{memory.what}", f"    Dropped: {memory.until}", f"    Size: {size}"]
    if memory.approximate:
        lines.insert(2, f"    Bound: {memory.approximate}")
    return lines


def _bytes(count: int) -> str:
    return f"{count:,} bytes" if count < 10_000 else f"{count / 1000:,.0f} kB"
