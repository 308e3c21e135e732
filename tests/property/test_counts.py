"""What is counted is what a scan of everybody finds, whatever happened on the way."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from zlib import crc32

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from streamseg.core.contacts.contact import SLOTS, Contact
from streamseg.core.counting.terms import Conversion, Counting
from streamseg.core.events import Event, ProductEvent
from streamseg.core.features.order_history import OrderTerms
from streamseg.core.labels.lifecycle import Lifecycle, Stages
from streamseg.core.messages.outcomes import FIRED, Outcome
from streamseg.core.partition import Partition
from streamseg.core.products.catalog import Catalog
from streamseg.core.segments.derived import CUSTOMERS
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.values.timestamps import parse_duration
from streamseg.formats.canonical import decode
from streamseg.formats.counts import lines_of
from streamseg.rules import parse_rules

from . import cases
from .driver import Case, rules_yaml
from .installation import Installation
from .scale import examples
from .test_rule_edits import Switch, switches

Record = dict[str, Any]
WITHIN_MS = 90 * 60_000
HOUR = 3_600_000
STAGES = Stages(HOUR, 2 * HOUR, 4 * HOUR, 3, 500)
COUNTING = Counting(conversion=Conversion(within=WITHIN_MS, retention=True))


def counting(rules: Record, terms: Counting | None = COUNTING) -> RuleSet:
    """Rules under which something is counted."""
    if terms is COUNTING:  # a label is bound to its rules
        terms = structs.replace(terms, lifecycle=Lifecycle(OrderTerms(), STAGES))
    return RuleSet([one.definition for one in parse_rules(rules_yaml(rules)).segments], terms)


class Shop:
    """The partitions of a shop with its catalog, each with its own changelog."""

    def __init__(
        self, rules: RuleSet, lateness: str, partitions: int = 1, slice_size: int | None = None
    ) -> None:
        self.rules = rules
        self.lateness = parse_duration(lateness)
        self.slice_size = slice_size
        self.catalog = Catalog()
        self.logs: list[dict[bytes, bytes]] = [{} for _ in range(partitions)]
        self.partitions = [self._partition(log) for log in self.logs]
        self.outcomes: list[Outcome] = []

    @staticmethod
    def of(case: Case, partitions: int = 1) -> "Shop":
        return Shop(counting(case.rules), case.lateness, partitions)

    def _partition(self, log: dict[bytes, bytes]) -> Partition:
        partition = Partition(self.rules, self.lateness, slice_size=self.slice_size)
        for key, value in log.items():
            partition.load(key, value)
        partition.ready()
        return partition

    def restart(self) -> None:
        self.partitions = [self._partition(log) for log in self.logs]

    def feed(self, event: Event | ProductEvent) -> None:
        if isinstance(event, ProductEvent):
            self.catalog.apply(event, None)
            changes = self.catalog.take().outcomes
            self.catalog.install()
            for partition in self.partitions:
                partition.advance(event.reaches, None)
                for change in changes:
                    partition.apply(change, None)
        else:
            number = crc32(event.contact.encode()) % len(self.partitions)
            self.partitions[number].apply(event, None)

    def advance(self, now: int) -> None:
        for partition in self.partitions:
            partition.advance(now, None)

    def commit(self) -> None:
        for log, partition in zip(self.logs, self.partitions, strict=True):
            batch = partition.take()
            for key, value in batch.changes:
                if value is None:
                    log.pop(key, None)
                else:
                    log[key] = value
            partition.install()
            self.outcomes += batch.outcomes

    def lines(self) -> list[Record]:
        """All that is counted, added up over the partitions."""
        return added_up(self.partitions, self.rules)


def added_up(partitions: Sequence[Partition], rules: RuleSet) -> list[Record]:
    """What partitions have counted, in all."""
    added: dict[tuple[Any, ...], dict[str, Any]] = {}
    for partition in partitions:
        assert partition.counted is not None
        for line in lines_of(partition.counted, [one.name for one in rules.counted]):
            names = ("segment", "variant", "day", "cohort", "k")
            into = added.setdefault(tuple(line.pop(name, None) for name in names), {})
            for name, value in line.items():
                _add(into, name, value)
    return [{"of": of} | into for of, into in sorted(added.items(), key=repr)]


def _add(into: Record, name: str, value: Any) -> None:
    if isinstance(value, dict):
        for part, count in value.items():
            _add(into.setdefault(name, {}), part, count)
    elif isinstance(value, str):
        into[name] = into.get(name, Decimal(0)) + Decimal(value)
    else:
        into[name] = into.get(name, 0) + value


def read(events: Sequence[Record]) -> list[Event | ProductEvent]:
    found = []
    for number, one in enumerate(events):
        event = decode(msgspec.json.encode(one))
        event.name = f"line:{number}"
        found.append(event)
    return found


def scanned(shop: Shop | Installation) -> dict[str, tuple[int, dict[str, int]]]:
    """Of each segment how many are in, and on which rung, by looking at everybody."""
    found = {one.name: (0, Counter[str]()) for one in shop.rules.counted}
    for log in shop.logs:
        for key, value in log.items():
            if key[:1] != b"c":
                continue
            contact = Contact.decode(key[1:], value)
            for segment in shop.rules.counted:
                states = [contact.slots]
                if segment.key_group >= 0:
                    keys = list(contact.keys.get(segment.key_group, ()))
                    states = [contact.key(segment.key_group, key)[SLOTS] for key in keys]  # type: ignore[index]
                for slots in states:
                    rungs = segment.rungs_in(slots)
                    members, by_label = found[segment.name]
                    by_label.update(
                        label for one in rungs if (label := segment.rungs[one].label) is not None
                    )
                    found[segment.name] = members + bool(rungs), by_label
    return {name: (members, dict(by_label)) for name, (members, by_label) in found.items()}


def counted(shop: Shop | Installation) -> dict[str, tuple[int, dict[str, int]]]:
    found = {one.name: (0, Counter[str]()) for one in shop.rules.counted}
    for partition in shop.partitions:
        assert partition.counted is not None
        for name, size in partition.counted.sizes.items():
            members, by_label = found[name]
            by_label.update({label: count for label, count in size.rungs.items() if count})
            found[name] = members + size.members, by_label
    return {name: (members, dict(by_label)) for name, (members, by_label) in found.items()}


@pytest.mark.slow
@settings(max_examples=examples(140))
@given(st.one_of(cases.in_order(), cases.in_disorder()), st.sampled_from([0, 1, 3]))
def test_sizes_are_those_of_a_scan(case: Case, restart_every: int) -> None:
    shop = Shop.of(case)
    for number, event in enumerate(read(case.events), start=1):
        shop.feed(event)
        shop.commit()
        assert counted(shop) == scanned(shop)
        if restart_every and number % restart_every == 0:
            shop.restart()
    shop.advance(case.until)
    shop.commit()
    assert counted(shop) == scanned(shop)
    for partition in shop.partitions:
        assert partition.counted is not None
        for size in partition.counted.sizes.values():
            assert size.entered - size.exited == size.members


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(st.one_of(cases.in_order(), cases.in_disorder()))
def test_who_moved_to_a_stage_and_not_on_is_there(case: Case) -> None:
    gone = ("contact_erased", "contact_merged")
    shop = Shop.of(case)
    for event in read([one for one in case.events if one["type"] not in gone]):
        shop.feed(event)
        shop.commit()
    shop.advance(case.until)
    shop.commit()
    (keeper,) = (one for one in shop.rules.segments if one.counts_moves)
    assert keeper.keeps is not None
    there = Counter[str]()
    for value in (value for key, value in shop.logs[0].items() if key[:1] == b"c"):
        moves = Contact.decode(b"", value).slots.get(keeper.first_slot)
        if moves is not None:
            there[keeper.keeps.word(moves[1])] += 1
    found = Counter[str]()
    for line in shop.lines():
        for old, came in line.get("lifecycle", {}).items():
            for new, count in came.items():
                found[new] += count
                found[old] -= count
    del found["none"], there["none"]
    assert +found == +there
    assert not -found
    (customers,) = [
        one["members"] for one in shop.lines() if one["of"][0] == CUSTOMERS and "members" in one
    ]
    there_now = sum(count for name, count in there.items() if name not in ("prospect", "lost"))
    assert customers == there_now


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(
    st.one_of(cases.in_order(), cases.in_disorder()),
    st.lists(st.tuples(st.integers(1, 4), st.booleans()), min_size=1, max_size=8),
)
def test_58_an_aborted_batch_counts_nothing(case: Case, turns: list[tuple[int, bool]]) -> None:
    events = read(case.events)
    plain, torn = Shop.of(case), Shop.of(case)
    for event in events:
        plain.feed(event)
    plain.commit()
    done = 0
    while done < len(events):
        size, is_aborted = turns[done % len(turns)]
        products = any(isinstance(one, ProductEvent) for one in events[done : done + size])
        if is_aborted and not products:  # the catalog is another task
            for event in events[done : done + size]:
                torn.feed(event)
            for partition in torn.partitions:
                partition.take()
                partition.rollback()
        for event in events[done : done + size]:
            torn.feed(event)
        torn.commit()
        done += size
    assert torn.lines() == plain.lines()


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(cases.in_order())
def test_sixteen_partitions_count_what_one_does(case: Case) -> None:
    case = replace(case, events=cases.with_unique_ids(list(case.events)))
    one, many = Shop.of(case), Shop.of(case, 16)
    for shop in (one, many):
        for event in read(case.events):
            shop.feed(event)
        shop.advance(case.until + shop.lateness)
        shop.commit()
    assert many.lines() == one.lines()


def exposures_of(told: Sequence[Outcome]) -> dict[tuple[str, str], list[int]]:
    """When the exposures of each segment and contact began."""
    begun: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in told:
        if one.type == FIRED:
            own = begun[one.segment, one.contact]
            if not own or one.entered_at > own[-1] + WITHIN_MS:
                own.append(one.entered_at)
    return begun


@pytest.mark.slow
@settings(max_examples=examples(140))
@given(cases.in_order())
def test_conversions_are_those_of_a_scan(case: Case) -> None:
    kept = [event for event in case.events if event["type"] != "contact_erased"]
    case = replace(case, events=cases.with_unique_ids(kept))
    shop = Shop.of(case)
    for event in read(case.events):
        shop.feed(event)
        shop.commit()
    shop.advance(case.until + shop.lateness)
    shop.commit()
    orders = [one for one in case.events if one["type"] == "order_placed"]
    expected: dict[str, list[Any]] = {}
    for (segment, contact), begun in exposures_of(
        sorted(shop.outcomes, key=lambda one: one.entered_at)
    ).items():
        figures = expected.setdefault(segment, [0, 0, Decimal(0)])
        for at in begun:
            amounts = [
                Decimal(str(one["data"].get("total", 0)))
                for one in orders
                if one["contact"] == contact and at < one["time"] <= at + WITHIN_MS
            ]
            figures[0] += 1
            figures[1] += bool(amounts)
            figures[2] += sum(amounts)
    found: dict[str, list[Any]] = {}
    for line in shop.lines():
        if line.get("exposures"):
            figures = found.setdefault(line["of"][0], [0, 0, Decimal(0)])
            figures[0] += line["exposures"]
            figures[1] += line.get("converted", 0)
            figures[2] += line.get("revenue", Decimal(0))
    assert found == expected


BEGIN = 1_795_255_200_000
SEEN = {"name": "seen", "when": {"did": "page_viewed"}, "membership": True}
KEPT = {"name": "kept", "when": {"did": "searched"}, "membership": True}


def spent(shop: Shop) -> Decimal:
    """What the members of `seen` have spent."""
    (partition,) = shop.partitions
    assert partition.counted is not None
    return partition.counted.sizes["seen"].spent


@pytest.mark.parametrize("brought", [0, 1, 9], ids=["nobody", "one", "all"])
@pytest.mark.parametrize("back", [[SEEN, KEPT], [KEPT, SEEN]], ids=["reverted", "in another place"])
def test_a_segment_that_is_taken_out_and_put_back_counts_who_is_in(
    brought: int, back: list[Record]
) -> None:
    """Also who was not brought to the rules without it before it was there again."""
    with_it, without, again = (
        counting({"version": 1, "segments": segments}) for segments in ([SEEN, KEPT], [KEPT], back)
    )
    shop = Shop(with_it, "0s", slice_size=1)
    for contact in "abc":
        seen = {"type": "page_viewed", "contact": contact, "time": BEGIN, "data": {}}
        order = seen | {"type": "order_placed", "data": {"order": contact, "total": 5}}
        for event in read([seen, order]):
            shop.feed(event)
    shop.commit()
    assert (counted(shop)["seen"][0], spent(shop)) == (3, 15)
    for rules in (without, again):
        shop.rules = rules
        shop.restart()
        shop.commit()
        for _ in range(brought):
            for one in shop.partitions:
                one.advance(BEGIN + 1, None, 1)
            shop.commit()
    while not all(one.advance(BEGIN + 1, None, 1) for one in shop.partitions):
        shop.commit()
    shop.commit()
    assert counted(shop) == scanned(shop)
    assert spent(shop) == 5 * counted(shop)["seen"][0]


@pytest.mark.slow
@settings(max_examples=examples(200))
@given(switches(), st.sampled_from([True, True, False]), st.booleans())
def test_new_rules_count_whom_a_scan_finds(switch: Switch, before: bool, between: bool) -> None:
    rules = [
        counting(switch.before, COUNTING if before else None),
        *([counting(switch.before, Counting())] if between else []),
        counting(switch.after),
    ]
    shop = Shop(rules[0], switch.lateness, slice_size=switch.slice_size)
    events = read(switch.events)
    for event in events[: switch.at]:
        shop.feed(event)
    shop.commit()
    for one in rules[1:]:
        shop.rules = one
        shop.restart()
        shop.commit()
    for event in events[switch.at :]:
        shop.feed(event)
        shop.commit()
    while not all(one.advance(switch.until + 10_000, None, 1) for one in shop.partitions):
        shop.commit()
    shop.commit()
    assert counted(shop) == scanned(shop)
