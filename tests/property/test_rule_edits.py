"""Rules that are edited in the middle of a stream never take their own ignorance for silence."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from streamseg.core.events import ProductEvent
from streamseg.core.messages.outcomes import ENTERED, EXITED, FIRED, Outcome
from streamseg.core.partition import Partition
from streamseg.core.products.catalog import Catalog
from streamseg.formats.canonical import decode
from streamseg.rules import parse_rules
from streamseg.rules.problems import RuleErrors

from .driver import rules_yaml
from .grid import latenesses
from .rule_files import rule_files
from .scale import examples
from .streams import disordered_streams, ends, ordered_streams

Record = dict[str, Any]
Place = tuple[str, str, str | None, str | None]
Streams = Callable[[Sequence[Record]], st.SearchStrategy[list[Record]]]
FOREVER = 1 << 60
# Going, it has the contacts of a partition brought to other rules, and nobody is in it.
BESIDES = {"name": "besides", "when": {"did": "nothing"}}


@dataclass(frozen=True)
class Switch:
    """Rules, others from the event ``at`` on, and a stream."""

    before: Record
    after: Record
    at: int
    events: Sequence[Record]
    until: int
    lateness: str
    slice_size: int | None

    def __repr__(self) -> str:
        events = "\n".join(
            f"{'---- switched' if n == self.at else ''}\n{e}" for n, e in enumerate(self.events)
        )
        rules = rules_yaml(self.before), rules_yaml(self.after)
        how = f"until {self.until}, lateness {self.lateness}, slices of {self.slice_size}"
        return f"{rules[0]}{rules[1]}{events}\n{how}"


def plain(rule: Record) -> Record:
    """A segment that tells of everybody, and forgets no key.

    A cart is not closed by age: from what instant on it is as its first known snapshot says, is
    not known.
    """
    kept = {name: value for name, value in rule.items() if name != "max_keys"}
    if "with" in kept:
        kept["with"] = {name: x for name, x in kept["with"].items() if name != "max_age"}
    if "on" in rule:
        return kept | {"trigger": {}}  # what it fires is compared by anchor, so none is held back
    return {"trigger": {}} | kept | {"membership": True}


def told_at_last(events: list[Record]) -> list[Record]:
    """Without what is known to be lost: whether a cart's name is closed, and removals of what was
    in a cart before it was remembered.
    """
    kept = [e for e in events if e["type"] not in ("cart_item_removed", "contact_erased")]
    return [
        event | {"data": {name: x for name, x in event["data"].items() if name != "cart"}}
        for event in kept
    ]


@st.composite
def switches(
    draw: st.DrawFn,
    streams: Streams = ordered_streams,
    lateness: st.SearchStrategy[str] = latenesses,
) -> Switch:
    before, other = (draw(rule_files())["segments"] for _ in range(2))
    named = {rule["name"]: rule for rule in other}
    after: dict[str, Record] = {}
    for rule in before:
        name = rule["name"]
        choice = draw(st.sampled_from(["keep", "keep", "drop", "replace", "replace", "silence"]))
        if choice == "replace":
            after[name] = named.get(name, rule)
        elif choice == "silence":
            after[name] = rule | {"trigger": False} if "on" not in rule else rule
        elif choice == "keep":
            after[name] = rule
    for name, rule in named.items():
        if name not in after and draw(st.booleans()):
            after[name] = rule
    assume(after)
    files = [
        {"version": 1, "segments": [plain(rule) for rule in rules]}
        for rules in (before, after.values())
    ]
    try:
        for file in files:
            parse_rules(rules_yaml(file))
    except RuleErrors:
        assume(False)
    events = told_at_last(draw(streams(files)))
    at = draw(st.integers(0, len(events)))
    return Switch(files[0], files[1], at, events, draw(ends), draw(lateness), draw(slices))


slices = st.sampled_from([None, None, 1, 3])


def milliseconds(text: str) -> int:
    return int(text.removesuffix("s")) * 1000


class Host:
    """A partition and its catalog, whose rules can be switched."""

    def __init__(self, lateness: int, slice_size: int | None = None) -> None:
        self.slice_size = slice_size
        self.catalog = Catalog()
        self.log: dict[bytes, bytes] = {}
        self.lateness = lateness
        self.told: list[Outcome] = []

    def start(self, rules: Record) -> None:
        self.partition = Partition(
            parse_rules(rules_yaml(rules)), self.lateness, slice_size=self.slice_size
        )
        for key, value in self.log.items():
            self.partition.load(key, value)
        self.partition.ready()
        self.commit()

    def feed(self, events: Sequence[Record], first: int) -> None:
        for number, event in enumerate(events, start=first):
            record = decode(json_of(event))
            if isinstance(record, ProductEvent):
                self.catalog.apply(record, None)
                self.partition.advance(record.time, None)
                for change in self.catalog.take().outcomes:
                    self.partition.apply(change, None)
                self.catalog.install()
            else:
                record.name = f"line:{number}"
                self.partition.apply(record, None)
            if self.slice_size:
                self.partition.advance(self.partition.now, None, self.slice_size)

    def commit(self) -> None:
        batch = self.partition.take()
        self.told += batch.outcomes
        for key, value in batch.changes:
            if value is None:
                self.log.pop(key, None)
            else:
                self.log[key] = value
        self.partition.install()


def json_of(event: Record) -> bytes:

    return json.dumps(event).encode()


def place_of(one: Outcome) -> Place:
    return one.segment, one.contact, one.key, one.rung


def switched(switch: Switch, before: Record, host: Host, keeps: bool = False) -> list[Outcome]:
    """What is told from the switch on to the rules ``after``; ``keeps``: and before."""
    host.start(before)
    host.feed(switch.events[: switch.at], 0)
    host.commit()
    if not keeps:
        host.told = []
    host.start(switch.after)
    return to_the_end(switch, host, switch.at)


def to_the_end(switch: Switch, host: Host, first: int) -> list[Outcome]:
    """What is told when the events from the ``first`` on are over."""
    host.feed(switch.events[first:], first)
    host.partition.advance(switch.until + 10_000, None)
    host.commit()
    return host.told


def check_edited(
    switch: Switch, whole: list[Outcome], edited: list[Outcome], comes_late: bool = False
) -> None:
    """Nobody may be told ``edited`` of whom the full history does not tell it, too.

    Where events come late (``comes_late``) it may tell it by the same record and at a later
    instant: changes of products that are not known as keys any more have moved it.
    """
    entered = {(place_of(one), one.emitted_at) for one in whole if one.type == ENTERED}
    stays: dict[Place, list[list[int]]] = {}
    fired = {(place_of(one), one.anchor) for one in whole if one.type == FIRED}
    for one in whole:
        if one.type == ENTERED:
            stays.setdefault(place_of(one), []).append([one.entered_at, FOREVER])
        elif one.type == EXITED and one.exited_at is not None:
            stays[place_of(one)][-1][1] = one.exited_at
    instant = {rule["name"] for rule in switch.after["segments"] if "on" in rule}
    mute = {rule["name"] for rule in switch.after["segments"] if rule["trigger"] is False}
    silent = {
        (place_of(one), one.entered_at)
        for one in edited
        if one.type == ENTERED and one.cause == "rules_changed"
    }
    for one in edited:
        where = place_of(one)
        if one.type == FIRED:
            assert one.segment not in mute, one
            assert (where, one.entered_at) not in silent, one
        if one.type == FIRED and one.segment in instant:
            assert (where, one.anchor) in fired, one
        elif one.type in (ENTERED, FIRED):
            spans = stays.get(where, [])
            is_in = any(start <= one.entered_at <= end for start, end in spans)
            is_moved = comes_late and (where, one.emitted_at) in entered
            assert is_in or is_moved, (one, spans)


@pytest.mark.slow
@settings(max_examples=examples(400))
@given(switches())
def test_nobody_enters_by_edited_rules_whom_the_full_history_denies(switch: Switch) -> None:
    whole = Host(0)
    whole.start(switch.after)
    told = to_the_end(switch, whole, 0)
    edited = Host(milliseconds(switch.lateness), switch.slice_size)
    check_edited(switch, told, switched(switch, switch.before, edited))


@pytest.mark.slow
@settings(max_examples=examples(400))
@given(switches(streams=disordered_streams, lateness=st.just("0s")))
def test_nobody_enters_by_events_that_come_late_after_an_edit(switch: Switch) -> None:
    """Both are decided at the same instants: the full history is brought to the rules, too."""
    whole, edited = (Host(0, switch.slice_size) for _ in range(2))
    told = switched(switch, with_besides(switch.after), whole, keeps=True)
    edits = switched(switch, with_besides(switch.before), edited)
    check_edited(switch, told, edits, comes_late=True)


def with_besides(rules: Record) -> Record:
    return {"version": 1, "segments": [*rules["segments"], plain(BESIDES)]}
