"""Section 5: what stands in a trigger, and ids that depend on the episode alone."""

import re

import pytest

from .drawing import Played, Record, play

CART = "- {name: cart_left, use: abandoned_cart}"
BACK = "- {name: back, use: back_in_stock}"
FIRING = "10:00 cart_item_added c1 p1*2@199.0; 11:00 end"
FIELDS = [
    "id",
    "type",
    "segment",
    "contact",
    "key",
    "rung",
    "entered_at",
    "emitted_at",
    "anchor",
    "rule",
    "variant",
    "context",
    "why",
]


def fired(segments: str, timeline: str) -> Record:
    (trigger,) = play(segments, timeline).triggers
    return trigger


def test_a_trigger_has_these_fields_in_this_order() -> None:
    assert list(fired(CART, FIRING)) == FIELDS


def test_a_trigger_tells_what_it_is_of() -> None:
    trigger = fired(CART, FIRING)
    expected = {
        "type": "trigger.fired",
        "segment": "cart_left",
        "contact": "c1",
        "key": None,
        "rung": "1h",
        "entered_at": "2026-11-21T11:00:00.000Z",
        "emitted_at": "2026-11-21T11:00:00.000Z",
        "anchor": "2026-11-21T10:00:00.000Z",
        "variant": None,
    }
    assert {name: trigger[name] for name in expected} == expected
    assert re.fullmatch(r"[0-9a-f]+", trigger["rule"])
    assert re.fullmatch(r"\S+", trigger["id"])
    assert all(isinstance(sentence, str) for sentence in trigger["why"])


def test_the_context_of_a_cart_is_its_items_and_total() -> None:
    cart = fired(CART, FIRING)["context"]["cart"]
    (item,) = cart["items"]
    assert (item["product"], item["quantity"], item["price"]) == ("p1", 2, 199)
    assert cart["total"] == 398


def test_the_anchor_of_other_segments_is_entered_at() -> None:
    trigger = fired("- {name: s, when: {did: searched}, trigger: {}}", "10:00 searched c1 a")
    assert trigger["anchor"] == trigger["entered_at"] == "2026-11-21T10:00:00.000Z"
    assert trigger["rung"] is None


def test_a_suppressed_trigger_has_the_fields_it_would_have_fired_with_and_the_reason() -> None:
    played = play(
        "- {name: s, when: {did: searched, within: 1m}, trigger: {limit: 1}}",
        "10:00 searched c1 a; 11:00 searched c1 a",
    )
    (held_back,) = played.decisions
    assert held_back["type"] == "trigger.suppressed"
    assert held_back["reason"] == "limit"
    assert set(held_back) == {*FIELDS, "reason"}


@pytest.mark.parametrize(
    "rules",
    [
        "- {name: other, when: {did: searched}, trigger: {}}\n" + CART,
        "- {name: cart_left, use: abandoned_cart, trigger: {cooldown: 3d, limit: 7}}",
        "- {name: cart_left, use: abandoned_cart, with: {after: [1h, 3h], max_age: 5d}}",
        "- {name: cart_left, use: abandoned_cart, with: {min_total: 1, order_closes: any}}",
    ],
)
def test_the_id_does_not_depend_on_the_rest_of_the_rules(rules: str) -> None:
    assert fired(rules, FIRING)["id"] == fired(CART, FIRING)["id"]


@pytest.mark.parametrize(
    "timeline",
    [
        "10:00 cart_item_added c1 p1; 15:00 end",
        "10:00 cart_item_added c1 p1 #e1; 11:00 page_viewed c2",
        "10:00 cart_updated c1 p8,p9; 10:10 cart_updated c1 p7; 11:30 end",
        "09:00 cart_item_added c2 p1; 09:10 order_placed c2 o1; " + FIRING,
    ],
)
def test_the_id_does_not_depend_on_what_else_happened(timeline: str) -> None:
    assert fired(CART, timeline)["id"] == fired(CART, FIRING)["id"]


def ids(played: Played) -> list[str]:
    return [trigger["id"] for trigger in played.triggers]


@pytest.mark.parametrize(
    ("rules", "timeline"),
    [
        (CART.replace("cart_left", "cart_lost"), FIRING),
        (CART, FIRING.replace("c1", "c2")),
        ("- {name: cart_left, use: abandoned_cart, with: {after: 30m}}", FIRING),
        (CART, "10:00:00.001 cart_item_added c1 p1; 12:00 end"),
        (
            BACK.replace("back,", "cart_left,"),
            "09:00 stock_changed p1 0; 09:30 product_viewed c1 p1; 10:00 stock_changed p1 1",
        ),
    ],
)
def test_another_segment_contact_rung_anchor_or_key_is_another_id(
    rules: str, timeline: str
) -> None:
    assert fired(rules, timeline)["id"] != fired(CART, FIRING)["id"]


def test_two_keys_of_one_restock_time_have_two_ids() -> None:
    told = ids(
        play(
            BACK,
            """
            09:00 stock_changed p1 0
            09:00 stock_changed p2 0
            09:30 product_viewed c1 p1
            09:30 product_viewed c1 p2
            10:00 stock_changed p1 5
            10:00 stock_changed p2 5
            """,
        )
    )
    assert len(set(told)) == len(told) == 2


def test_the_same_definition_has_the_same_rule_hash_and_another_has_another() -> None:
    same = "- use: abandoned_cart\n  name: cart_left\n"
    assert fired(same, FIRING)["rule"] == fired(CART, FIRING)["rule"]
    other = "- {name: cart_left, use: abandoned_cart, with: {min_total: 1}}"
    assert fired(other, FIRING)["rule"] != fired(CART, FIRING)["rule"]


def test_membership_is_told_of_segments_that_ask_for_it() -> None:
    played = play(
        "- {name: seen, when: {did: searched, within: 1h}, membership: true}\n"
        "- {name: unseen, when: {did: searched, within: 1h}}",
        "10:00 searched c1 a; 12:00 end",
    )
    told = [(each["type"], each["segment"], each["contact"]) for each in played.membership]
    assert told == [("segment.entered", "seen", "c1"), ("segment.exited", "seen", "c1")]
    assert all("cause" in each for each in played.membership)
    assert played.triggers == []
