"""Whom a change of a feature concerns, and whom not."""

from __future__ import annotations

from typing import Any

import msgspec

from streamseg.core.contacts.contact import Contact, new_contact
from streamseg.core.contacts.deadlines import deadline_of
from streamseg.core.segments.rule_set import RuleSet
from streamseg.rules import parse_rules

HOUR = 3_600_000


def rule_set(*rules: str) -> RuleSet:
    lines = [f"  - {{name: s{n}, {rule}, trigger: {{}}}}" for n, rule in enumerate(rules)]
    return parse_rules("\n".join(["version: 1", "segments:", *lines]))


def bit(rules: RuleSet, name: str) -> int:
    return next(segment.bit for segment in rules.segments if segment.name == name)


def contact_with(**features: Any) -> Contact:
    """A contact whose features are at the columns given as ``f0``, ``f1`` …"""
    contact = new_contact(b"c", 0)
    contact.features = {int(name[1:]): state for name, state in features.items()}
    return contact


def unmet(rules: RuleSet, contact: Contact) -> int:
    bits = rules.key_groups[0].bits
    return bits ^ rules.preconditions.met(contact, contact.features, bits)


def test_who_did_something_too_seldom_or_is_not_in_a_segment_is_not_asked() -> None:
    rules = rule_set(
        "when: {did: searched, at_least: 3, within: 7d}",
        "when: {did: searched, at_least: 2}",
        "when: {all: [{in_segment: s1}, {did: searched}]}",
    )
    first, second, third = (bit(rules, name) for name in ("s0", "s1", "s2"))
    every = first | second | third
    assert rules.preconditions.possible(contact_with(), every) == 0
    assert rules.preconditions.possible(contact_with(f0=[1]), every) == 0
    contact = contact_with(f0=[1, 2])
    assert rules.preconditions.possible(contact, every) == second
    contact.inside = second
    assert rules.preconditions.possible(contact, every) == second | third
    contact.features[0] = [1, 2, 3]
    assert rules.preconditions.possible(contact, every) == every


def test_who_is_in_stays_in_whatever_more_happens_and_who_is_out_out_if_it_must_not() -> None:
    rules = rule_set("when: {did: searched}", "when: {not: {did: searched}}")
    dependents = rules.dependents[0]
    contact = contact_with(f0=[1])
    contact.inside = bit(rules, "s0")
    assert dependents.affected(contact, 1) == 0
    contact.inside = bit(rules, "s1")
    assert dependents.affected(contact, 1) == bit(rules, "s0") | bit(rules, "s1")


def test_of_all_waits_the_next_is_noted_and_each_has_its_turn() -> None:
    rules = rule_set("when: {idle: searched, for: 2h}", "when: {idle: searched, for: 1h}")
    dependents = rules.dependents[0]
    contact = contact_with(f0=[0, 5])
    assert dependents.affected(contact, 0) == 0
    assert contact.deadlines == {deadline_of(0): HOUR}
    assert dependents.at_deadline(contact, HOUR) == bit(rules, "s1")
    assert contact.deadlines == {deadline_of(0): 2 * HOUR}
    assert dependents.at_deadline(contact, 2 * HOUR) == bit(rules, "s0")
    assert contact.deadlines == {}


def test_waits_of_who_cannot_enter_are_passed_over() -> None:
    wait = "{idle: searched, for: 1h}"
    rules = rule_set(
        f"when: {{all: [{wait}, {{attribute: country, in: [PL, UA]}}]}}",
        "when: {idle: searched, for: 2h}",
    )
    searched, country = (
        next(column for column, one in enumerate(rules.contact.features) if name in one.id)
        for name in ("searched", "country")
    )
    contact = new_contact(b"c", 0)
    contact.features = {searched: [0, 5], country: [0, "DE"]}
    rules.dependents[searched].affected(contact, 0)
    assert contact.deadlines == {deadline_of(searched): 2 * HOUR}
    contact.features[country] = [0, "UA"]
    rules.dependents[searched].affected(contact, 0)
    assert contact.deadlines == {deadline_of(searched): HOUR}


def test_a_cart_below_the_least_total_is_not_asked_about() -> None:
    rules = rule_set(
        "when: {cart: {total: {gte: 100}, idle: 1h}}", "when: {cart: {total: {gte: 50}, idle: 1h}}"
    )
    both = bit(rules, "s0") | bit(rules, "s1")
    cart = [0, None, None, [], [["p", 60, 0, None, None, [[0, 1]]]]]
    contact = contact_with(f0=cart)
    assert rules.preconditions.possible(contact, both) == bit(rules, "s1")
    cart[4][0][5][0][1] = 2  # type: ignore[index]
    assert rules.preconditions.possible(contact, both) == bit(rules, "s1")  # not looked up again,
    contact.totals = {}
    assert rules.preconditions.possible(contact, both) == both  # but after an event of the cart


def test_who_did_since_what_must_not_follow_is_not_asked_until_the_next_first_event() -> None:
    wait = "not_followed: {first: checkout_started, by: [order_placed], within"
    rules = rule_set(
        f"when: {{all: [{{{wait}: 1h}}}}, {{idle: searched, for: 1h}}]}}",
        "when: {idle: checkout_started, for: 2h}",
    )
    both = bit(rules, "s0") | bit(rules, "s1")
    contact = contact_with(f0=[5, 0], f1=[4, 0], f2=[0, 5])
    assert rules.preconditions.possible(contact, both) == both
    contact.features[1] = [5, 0]
    assert rules.preconditions.possible(contact, both) == bit(rules, "s1")
    rules.dependents[0].affected(contact, 5)
    assert contact.deadlines == {deadline_of(0): 5 + 2 * HOUR}


def test_values_that_do_not_come_to_the_least_sum_are_not_asked_about() -> None:
    total = "aggregate: sum, of: total, over: order_placed, within"
    rules = rule_set(
        f"when: {{{total}: 9d, gte: 60}}",
        f"when: {{{total}: 3d, gte: 100}}",
        f"when: {{{total}: 9d, gte: 0}}",
        f"when: {{not: {{{total}: 9d, gte: 100}}}}",
    )
    every = sum(bit(rules, f"s{number}") for number in range(4))
    assert rules.preconditions.possible(contact_with(), every) == bit(rules, "s2") | bit(
        rules, "s3"
    )
    # The refund of 50 may leave the window before the orders do.
    contact = contact_with(f0=[[0, -50, 1], [1, "59.5", 1], [2, 40, 1]])
    assert rules.preconditions.possible(contact, every) == every & ~bit(rules, "s1")
    contact.features[0].append([3, "0.5", 1])
    contact.totals = {}
    assert rules.preconditions.possible(contact, every) == every


def test_of_a_segment_with_keys_that_cannot_hold_a_touch_of_a_key_concerns_nobody() -> None:
    condition = "{did: product_viewed, at_least: 1, within: 9d}, {attribute: country, eq: PL}"
    rules = rule_set(f"per: category, when: {{all: [{condition}]}}")
    segment = bit(rules, "s0")
    assert unmet(rules, contact_with()) == segment
    assert unmet(rules, contact_with(f0=[0, "NO"])) == segment
    assert unmet(rules, contact_with(f0=[0, "PL"])) == 0
    # Whoever moves is asked for each key all the same: they may be in until then.
    assert rules.dependents[0].affected(contact_with(), 0) == segment
    assert rules.preconditions.possible(contact_with(), segment) == segment


def test_only_features_that_want_the_text_of_an_event_are_tried() -> None:
    rules = rule_set(
        "when: {did: product_viewed, where: {category: bags, price: {gte: 9}}}",
        "when: {did: product_viewed, where: {category: {in: [bags, shoes]}}}",
        "when: {did: product_viewed}",
    )
    dispatch = rules.dispatch("product_viewed")
    assert [step.column for step in dispatch.updates] == [2]
    [(field, by_text)] = dispatch.updates_by_text
    assert field == "category"
    places = {text: [step.column for step in steps] for text, steps in by_text.items()}
    assert places == {"bags": [0, 1], "shoes": [1]}
    rest, nothing = (step.where for step in by_text["bags"])
    assert nothing is None
    assert rest is not None
    assert rest({"price": 9})
    assert not rest({"price": 8})


def test_a_contact_of_whom_nothing_is_known_is_in_what_holds_of_nobody() -> None:
    rules = rule_set(
        "when: {not: {did: searched, within: 7d}}",
        "when: {did: searched}",
        "when: {attribute: country, exists: false}",
        "when: {not: {in_segment: s1}}",
    )
    assert rules.true_of_empty == bit(rules, "s0") | bit(rules, "s2") | bit(rules, "s3")


def test_segments_that_the_same_events_touch_share_their_keys() -> None:
    viewed = "per: category, when: {did: product_viewed, at_least: "
    rules = rule_set(
        viewed + "2, within: 7d}",
        viewed + "3}",
        viewed + "3}, max_keys: 5",
        "per: category, when: {did: category_viewed}",
    )
    assert [segment.key_group for segment in rules.segments] == [0, 0, 1, 2]
    assert [segment.first_slot for segment in rules.segments] == [0, 1, 0, 0]


def test_what_nothing_asks_for_stays_encoded_and_comes_out_the_same() -> None:
    contact = contact_with(f0=[1, 2], f1={"p": 3})
    at_rest = contact.encode()
    restored = Contact.decode(b"c", at_rest)
    assert restored.state(1) == {"p": 3}
    assert [type(state) for state in restored.features.values()] == [msgspec.Raw, dict]
    assert restored.encode() == at_rest


def test_what_was_waited_for_makes_who_is_in_leave() -> None:
    rules = rule_set("when: {not_followed: {first: searched, by: [order_placed], within: 1h}}")
    searched, ordered = rules.dependents
    contact = contact_with(f0=[0, 5], f1=[HOUR, 9])
    assert ordered.affected(contact, HOUR) == 0
    contact.inside = bit(rules, "s0")
    assert ordered.affected(contact, HOUR) == bit(rules, "s0")
    assert searched.affected(contact, 0) == bit(rules, "s0")
