"""Who objects to profiling is nobody to the rules, and known anew from when they take it back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.contacts.contact import Contact
from streamseg.core.events import Event
from streamseg.core.partition import Partition
from streamseg.explain.past import begin_late
from streamseg.formats.outbound import encode_value
from streamseg.rules import parse_rules

from .installation import Installation, told_by
from .people import MINUTE, histories
from .scale import examples

SEGMENTS = """
value: {zone: UTC, kpis: {}}
policies: {consent: {email: {channel: email, grant: email_ok}}}
segments:
  - name: cart_left
    use: abandoned_cart
    with: {after: [10m, 30m], max_age: 2h}
    membership: true
    policy: {consent: none}
  - name: silent
    use: inactivity
    with: {after: [15m, 40m]}
    membership: true
    policy: {consent: none}
  - {name: hello, use: welcome, policy: {consent: none}}
  - name: bags
    when: {did: product_viewed, at_least: 3, within: 1h}
    trigger: {cooldown: 20m}
    policy: {consent: none}
  - {name: rich, when: {aggregate: sum, of: total, over: order_placed, gte: 10}, membership: true}
  - {name: pl, when: {attribute: country, eq: PL}, membership: true}
  - name: cold
    when: {not: {did: order_placed, within: 30m}}
    trigger: {}
    policy: {consent: none}
  - name: fans
    per: category
    max_keys: 2
    when: {did: product_viewed, at_least: 2}
    trigger: {}
    policy: {consent: none}
  - {name: searched, on: searched, policy: {consent: [email]}}
  - {name: others, when: {not: {in_segment: rich}}, membership: true}
"""
RULES = parse_rules(f"version: 1\nprivacy: {{profiling: profiling}}{SEGMENTS}")
WITHOUT = parse_rules(f"version: 1{SEGMENTS}")


@st.composite
def with_objections(draw: st.DrawFn) -> list[Event]:
    """Histories in which contacts object, and take it back."""
    found = []
    for event in draw(histories()):
        if event.type == "contact_updated" and draw(st.booleans()):
            said = draw(st.sampled_from([False, False, True, None]))
            event.data = event.data | {"profiling": said, "email_ok": True}
        found.append(event)
    return found


def objectors(shop: Installation) -> dict[str, Contact]:
    objecting = RULES.objecting
    assert objecting is not None
    found = {}
    for log in shop.logs:
        for key, value in log.items():
            if key[:1] == b"c":
                contact = Contact.decode(key[1:], value)
                if RULES.inside(contact.slots) & objecting.bit:
                    found[contact.id] = contact
    return found


@pytest.mark.slow
@settings(max_examples=examples(150))
@given(with_objections())
def test_of_who_objects_nothing_is_kept_and_nothing_told(events: list[Event]) -> None:
    shop = Installation(RULES, 4)
    assert RULES.objecting is not None
    for event in events:
        before, told = objectors(shop), len(shop.told["triggers"])
        shop.feed(event)
        after = objectors(shop)
        for contact in after.values():
            assert set(contact.features) <= RULES.outliving
            assert contact.slots.keys() == {RULES.objecting.first_slot}
            assert [contact.keys, contact.pending, contact.waiting, contact.deadlines] == [
                {}, [], [], {},
            ]  # fmt: skip
        news = [json.loads(one) for one in shop.told["triggers"][told:]]
        fired = {one["contact"] for one in news if one["type"] == "trigger.fired"}
        assert not fired & before.keys() & after.keys()
    for partition in shop.partitions:
        assert partition.counted is not None
        for size in partition.counted.sizes.values():
            assert size.members >= 0


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(with_objections())
def test_any_number_of_partitions_tells_the_same(events: list[Event]) -> None:
    until = events[-1].time + 240 * MINUTE
    one = told_by(RULES, events, 1, until)
    assert sorted_of(told_by(RULES, events, 4, until)) == sorted_of(one)
    assert sorted_of(told_by(RULES, events, 16, until, restarts=True)) == sorted_of(one)


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(histories())
def test_where_nobody_objects_nothing_is_another(events: list[Event]) -> None:
    until = events[-1].time + 240 * MINUTE
    assert told_by(RULES, events, 4, until) == told_by(WITHOUT, events, 4, until)


def sorted_of(told: dict[str, list[bytes]]) -> dict[str, list[bytes]]:
    return {name: sorted(lines) for name, lines in told.items() if lines}


@st.composite
def taken_back(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """What somebody did before they took an objection back, and from then on."""
    found = [one for one in draw(histories()) if one.contact != "b" and one.type not in IDENTITY]
    events = [
        Event(one.type, "a", one.time, one.data | {"order": one.id}, one.id, one.name)
        for one in found  # hashes of orders are remembered of who objects, so none comes again
    ]
    objects = draw(st.integers(0, len(events)))
    agrees = draw(st.integers(objects, len(events)))
    at = events[agrees].time if agrees < len(events) else (events[-1].time if events else 0) + 1
    begins = events[objects].time if objects < len(events) else at
    no = Event("contact_updated", "a", begins, {"profiling": False}, "no", "no")
    yes = Event("contact_updated", "a", at, {"profiling": None}, "yes", "yes")
    before, between, after = events[:objects], events[objects:agrees], events[agrees:]
    return [*before, no, *between], [yes, *after]


def fired(partition: Partition, events: list[Event], until: int) -> list[bytes]:
    """What is told of events, and of the time behind them."""
    told = []
    for event in events:
        copy = Event(event.type, event.contact, event.time, event.data, event.id, event.name)
        partition.apply(copy, None)
        told += [encode_value(one) for one in partition.take().outcomes if one.stream in TOLD]
        partition.install()
    partition.advance(until, None)
    told += [encode_value(one) for one in partition.take().outcomes if one.stream in TOLD]
    partition.install()
    return told


IDENTITY = ("contact_merged", "contact_erased")
TOLD = ("triggers", "membership", "decisions")


@pytest.mark.slow
@settings(max_examples=examples(300))
@given(taken_back())
def test_who_took_it_back_is_as_who_was_known_from_then_on_only(
    course: tuple[list[Event], list[Event]],
) -> None:
    before, after = course
    until = after[-1].time + 300 * MINUTE
    objected = Partition(RULES)
    objected.ready()
    fired(objected, before, before[-1].time)
    late = Partition(RULES)
    begin_late(late, RULES, {"a"}, after[0].time)
    late.ready()
    assert fired(objected, after, until) == fired(late, after, until)
