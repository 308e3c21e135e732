"""Section 3: a template narrowed by ``when`` holds where both do, rung by rung."""

import re

import pytest

from streamseg.rules import parse_rules
from streamseg.rules.templates.base import templates

from .drawing import Played, lines, play, refuse, rules_file

CONSENTING = """
- name: cart_left
  use: abandoned_cart
  with: {after: [1h, 24h]}
  when: {attribute: consent.email, eq: true}
  membership: true
"""
YES = 'consent={"email":true}'
NO = 'consent={"email":false}'
CART = "10:00 cart_item_added c1 p1*2@99.5"


def expect(segments: str, timeline: str, expected: str) -> Played:
    """Compare what was told, and what was held back, whenever that was."""
    played = play(segments, timeline)
    told = [
        re.sub(" emitted=.*?(?= reason|$)", "", one) for one in played.told() + played.held_back()
    ]
    assert told == lines(expected)
    return played


def changes(segments: str, timeline: str) -> list[str]:
    """Entries and exits as `entered 1h` and `exited 1h`."""
    told = play(segments, timeline).membership
    return [f"{one['type'].removeprefix('segment.')} {one['rung']}" for one in told]


def test_a_cart_is_left_by_who_consents_with_the_cart_in_the_context() -> None:
    played = expect(
        CONSENTING,
        f"09:00 contact_updated c1 x=1 {YES}; 09:00 contact_updated c2 x=1 {NO}; {CART};"
        "10:00 cart_item_added c2 p1; 10:00 cart_item_added c3 p1; 1d+12:00 end",
        "11:00 fired cart_left c1 rung=1h anchor=10:00;"
        "1d+10:00 fired cart_left c1 rung=24h anchor=10:00",
    )
    assert played.carts() == [{"p1": 2, "total": 199.0}] * 2


def test_consent_that_comes_later_lets_in_at_its_own_time() -> None:
    expect(
        CONSENTING,
        f"{CART}; 13:00 contact_updated c1 x=1 {YES}; 1d+12:00 end",
        "13:00 fired cart_left c1 rung=1h anchor=10:00;"
        "1d+10:00 fired cart_left c1 rung=24h anchor=10:00",
    )


def test_consent_after_both_waits_lets_into_both_rungs_at_once() -> None:
    expect(
        CONSENTING,
        f"{CART}; 1d+13:00 contact_updated c1 x=1 {YES}; 2d+12:00 end",
        "1d+13:00 fired cart_left c1 rung=1h anchor=10:00;"
        "1d+13:00 fired cart_left c1 rung=24h anchor=10:00",
    )


def test_each_rung_fires_once_for_a_cart_however_often_consent_comes_and_goes() -> None:
    back_and_forth = f"""
        09:00 contact_updated c1 x=1 {YES}
        {CART}
        12:00 contact_updated c1 x=1 {NO}
        13:00 contact_updated c1 x=1 {YES}
        14:00 cart_item_added c1 p2
        1d+15:00 contact_updated c1 x=1 {NO}
        1d+16:00 contact_updated c1 x=1 {YES}
        2d+12:00 end"""
    expect(
        CONSENTING,
        back_and_forth,
        "11:00 fired cart_left c1 rung=1h anchor=10:00;"
        "1d+14:00 fired cart_left c1 rung=24h anchor=10:00",
    )
    # The change at 14:00 ends the first rung until 15:00.
    assert changes(CONSENTING, back_and_forth) == [
        *("entered 1h", "exited 1h", "entered 1h", "exited 1h", "entered 1h"),
        *("entered 24h", "exited 1h", "exited 24h", "entered 1h", "entered 24h"),
    ]


def test_a_cooldown_holds_back_the_next_cart_of_a_narrowed_template() -> None:
    segment = CONSENTING.replace("[1h, 24h]", "1h") + "  trigger: {cooldown: 1d}\n"
    expect(
        segment,
        f"09:00 contact_updated c1 x=1 {YES}; {CART}; 12:00 order_placed c1 o1;"
        "12:30 contact_updated c1 x=1; 13:00 cart_item_added c1 p2; 1d+10:00 end",
        "11:00 fired cart_left c1 rung=1h anchor=10:00;"
        "14:00 suppressed cart_left c1 rung=1h anchor=13:00 reason=cooldown",
    )


def test_consent_that_was_withdrawn_before_cancels_though_it_arrives_late() -> None:
    expect(
        CONSENTING,
        f"09:00 contact_updated c1 x=1 {YES}; {CART}; 11:30 page_viewed c1 p;"
        f"10:30 contact_updated c1 x=1 {NO}; 12:00 end",
        "11:00 fired cart_left c1 rung=1h anchor=10:00;"
        "11:00 cancelled cart_left c1 rung=1h anchor=10:00",
    )


def test_what_narrows_may_change_by_time_alone() -> None:
    expect(
        "- {name: s, use: inactivity, with: {after: [1h, 2h]}, "
        "when: {not: {did: order_placed, within: 90m}}}",
        "10:00 order_placed c1 o1; 14:00 end",
        "11:30 fired s c1 rung=1h anchor=10:00; 12:00 fired s c1 rung=2h anchor=10:00",
    )


def test_the_city_narrows_a_segment_per_product_for_all_its_keys() -> None:
    expect(
        "- {name: back, use: back_in_stock, when: {attribute: address.city, in: [Kyiv, Lviv]}}",
        """
        09:00 stock_changed p1 0; 09:00 stock_changed p2 0
        09:10 contact_updated c1 address={"city":"Kyiv"}
        09:10 contact_updated c2 address={"city":"Odesa"}
        09:20 product_viewed c1 p1; 09:21 product_viewed c2 p1; 09:22 product_viewed c2 p2
        10:00 stock_changed p1 5; 10:00 stock_changed p2 5
        11:00 contact_updated c2 address={"city":"Lviv"}
        12:00 contact_updated c1 address={"city":"Odesa"}
        12:01 contact_updated c1 address={"city":"Lviv"}
        13:00 end""",
        """
        10:00 fired back c1 key=p1
        11:00 fired back c2 key=p1 anchor=10:00
        11:00 fired back c2 key=p2 anchor=10:00""",
    )


def test_who_left_only_for_what_narrows_is_back_in_the_same_stay_of_the_product() -> None:
    timeline = """
        09:00 stock_changed p1 0; 09:10 contact_updated c1 vip=true; 09:20 product_viewed c1 p1
        10:00 stock_changed p1 5; 11:00 contact_updated c1 vip=false
        12:00 contact_updated c1 vip=true; 13:00 order_placed c1 o1 items=p1; 14:00 end"""
    segment = "- {name: back, use: back_in_stock, when: {attribute: vip, eq: true}}"
    expect(segment, timeline, "10:00 fired back c1 key=p1")
    told = play(segment[:-1] + ", membership: true}", timeline).membership
    assert [(one["type"], one["entered_at"][11:16]) for one in told] == [
        ("segment.entered", "10:00"),
        ("segment.exited", "10:00"),
        ("segment.entered", "12:00"),
        ("segment.exited", "12:00"),
    ]


def test_conditions_count_for_each_product_of_a_template_per_product() -> None:
    expect(
        "- {name: back, use: back_in_stock, when: {all: [{did: product_viewed, at_least: 2}, "
        "{product: {stock: {gte: 5}}}]}}",
        """
        09:00 stock_changed p1 0; 09:00 stock_changed p2 0; 09:00 stock_changed p3 0
        09:10 product_viewed c1 p1; 09:11 product_viewed c1 p1
        09:12 product_viewed c1 p2
        09:13 product_viewed c1 p3; 09:14 product_viewed c1 p3
        10:00 stock_changed p1 5; 10:00 stock_changed p2 5; 10:00 stock_changed p3 4
        11:00 stock_changed p3 9
        12:00 end""",
        "10:00 fired back c1 key=p1; 11:00 fired back c1 key=p3 anchor=10:00",
    )


def test_the_tier_narrows_by_another_segment() -> None:
    expect(
        "- {name: tier, use: value_tier, with: {tiers: {gold: 100}}, trigger: false}\n"
        "- {name: s, use: abandoned_cart, when: {in_segment: tier}}",
        f"""
        08:00 order_placed c1 o1 total=150; 08:00 order_placed c2 o2 total=50
        {CART}; 10:00 cart_item_added c2 p1; 12:00 end""",
        "11:00 fired s c1 rung=1h anchor=10:00",
    )


def test_what_is_asked_of_the_cart_is_asked_of_the_template_s_cart() -> None:
    expect(
        "- {name: s, use: abandoned_cart, with: {after: 12d, max_age: 20d}, "
        "when: {cart: {total: {gte: 100}}}}",
        f"{CART}; 10:00 cart_item_added c2 p1@5; 15d+10:00 end",
        "12d+10:00 fired s c1 rung=12d anchor=10:00",
    )


def test_why_says_both() -> None:
    (fired,) = play(
        CONSENTING.replace("[1h, 24h]", "1h"),
        f"09:00 contact_updated c1 x=1 {YES}; {CART}; 12:00 end",
    ).triggers
    assert fired["why"][0] == "cart of 1 item unchanged since 10:00:00.000"
    assert fired["why"][1].startswith("attribute consent.email is ")


def version(segment: str) -> str:
    return parse_rules(rules_file(segment)).segments[0].definition.version


def test_the_version_is_another_with_what_narrows_and_the_same_without() -> None:
    plain = "- {name: s, use: inactivity%s}"
    narrowed = version(plain % ", when: {attribute: a, eq: 1}")
    assert version(plain % "") == "1039f5777e7d" != narrowed
    assert narrowed == version(plain % ", when: {attribute: a, eq: 1.0}")
    assert narrowed != version(plain % ", when: {attribute: a, eq: 2}")


@pytest.mark.parametrize("name", list(templates()))
def test_every_template_can_be_narrowed(name: str) -> None:
    example, value = templates()[name].example, templates()[name].value
    own = f"name: s, use: {name}, with: {example}"
    rules = parse_rules(rules_file(f"- {{{own}, when: {{attribute: a, eq: b}}}}", value))
    plain = parse_rules(rules_file(f"- {{{own}}}", value))
    narrowed, segment = rules.segments[0].definition, plain.segments[0].definition
    assert [one.label for one in narrowed.rungs] == [one.label for one in segment.rungs]
    assert (narrowed.per, narrowed.is_ladder) == (segment.per, segment.is_ladder)


def test_a_condition_per_product_needs_a_template_per_product() -> None:
    refuse("- {name: s, use: abandoned_cart, when: {§product: {stock: {gt: 0}}}}", "per: product")


def test_a_template_has_its_own_keys_and_event() -> None:
    refuse("- {name: s, use: back_in_stock, §per: product}", "`per` does not go with `use`")
    refuse("- {name: s, use: inactivity, §on: searched}", "`on` does not go with `use`")


@pytest.mark.parametrize("template", ["welcome", "first_order"])
def test_what_fires_once_in_a_life_does_so_however_often_the_contact_is_back(template: str) -> None:
    until = ", with: {until: searched}" if template == "welcome" else ""
    expect(
        f"- {{name: s, use: {template}{until}, when: {{attribute: vip, eq: true}}}}",
        """
        09:00 contact_updated c1 vip=true; 10:00 order_placed c1 o1
        11:00 contact_updated c1 vip=false; 12:00 contact_updated c1 vip=true; 13:00 end""",
        "10:00 fired s c1" + (" rung=0s" if until else ""),
    )


def test_what_is_denied_of_a_cart_is_asked_of_the_template_s_own_cart() -> None:
    # Any order closes the template's cart; a cart by default stays open, with three products.
    expect(
        "- {name: small, use: abandoned_cart, with: {order_closes: any},"
        " when: {not: {cart: {items: {gte: 2}}}}}",
        "10:00 cart_item_added c1 p1; 10:00 cart_item_added c1 p2;"
        " 10:10 order_placed c1 o items=p9; 10:30 cart_item_added c1 p3; 12:00 end",
        "11:30 fired small c1 rung=1h anchor=10:30",
    )
