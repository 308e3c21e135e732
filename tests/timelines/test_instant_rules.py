"""Section 3, `on:`: a rule that fires at each matching event, and has no stay."""

from .drawing import expect

CLICK = "- {name: s, on: searched, where: {query: bags}}"


def test_every_matching_event_fires() -> None:
    expect(
        CLICK,
        "10:00 searched c1 bags #e1; 10:01 searched c1 hats #e2; 10:02 searched c1 bags #e3",
        "10:00 fired s c1 anchor=10:00#e1; 10:02 fired s c1 anchor=10:02#e3",
    )


def test_an_event_without_id_is_named_by_its_line() -> None:
    expect(
        CLICK,
        "10:00 page_viewed c1; 10:01 searched c1 bags",
        "10:01 fired s c1 anchor=10:01#line:2",
    )


def test_two_events_of_the_same_time_are_two() -> None:
    expect(
        CLICK,
        "10:00 searched c1 bags #e1; 10:00 searched c1 bags #e2",
        "10:00 fired s c1 anchor=10:00#e1; 10:00 fired s c1 anchor=10:00#e2",
    )


def test_a_duplicate_does_not_fire() -> None:
    expect(
        CLICK,
        "10:00 searched c1 bags #e1; 10:00 searched c1 bags #e1",
        "10:00 fired s c1 anchor=10:00#e1",
    )


def test_when_is_asked_right_after_the_event() -> None:
    expect(
        "- {name: s, on: searched, when: {did: searched, at_least: 2, within: 1h}}",
        "10:00 searched c1 a #e1; 10:30 searched c1 a #e2; 11:40 searched c1 a #e3",
        "10:30 fired s c1 anchor=10:30#e2",
    )


def test_a_late_event_fires_with_its_own_time_and_asks_when_at_the_latest_instant() -> None:
    # The contact is a Pole since 11:00; the late search of 10:30 asks at 12:00.
    expect(
        "- {name: s, on: searched, when: {attribute: country, eq: PL}}",
        "11:00 contact_updated c1 country=PL; 12:00 page_viewed c1; 10:30 searched c1 a #e1",
        "10:30 fired s c1 anchor=10:30#e1 emitted=12:00",
    )


def test_trigger_false_fires_nothing() -> None:
    expect("- {name: s, on: searched, trigger: false}", "10:00 searched c1 a #e1", "")


def test_an_instant_rule_per_product_fires_for_each_key() -> None:
    expect(
        "- {name: s, per: product, on: order_placed}",
        "10:00 order_placed c1 o1 items=p2,p1 #e1; 10:01 order_placed c1 o2 #e2",
        """
        10:00 fired s c1 key=p1 anchor=10:00#e1
        10:00 fired s c1 key=p2 anchor=10:00#e1
        """,
    )


def test_cooldown_is_a_distance_from_the_firing_with_the_largest_entered_at() -> None:
    # Late firings of 11:00 (an hour from 12:00) and 11:45 (a quarter); then 12:15.
    expect(
        "- {name: s, on: searched, trigger: {cooldown: 30m}}",
        """
        12:00 searched c1 a #e1
        11:00 searched c1 a #e2
        11:45 searched c1 a #e3
        12:15 searched c1 a #e4
        12:30 searched c1 a #e5
        """,
        """
        12:00 fired s c1 anchor=12:00#e1
        11:00 fired s c1 anchor=11:00#e2 emitted=12:00
        12:30 fired s c1 anchor=12:30#e5
        11:45 suppressed s c1 anchor=11:45#e3 emitted=12:00 reason=cooldown
        12:15 suppressed s c1 anchor=12:15#e4 reason=cooldown
        """,
    )


def test_a_late_firing_at_exactly_the_cooldown_may_fire() -> None:
    expect(
        "- {name: s, on: searched, trigger: {cooldown: 1h}}",
        "12:00 searched c1 a #e1; 11:00 searched c1 a #e2; 11:00:00.001 searched c1 a #e3",
        """
        12:00 fired s c1 anchor=12:00#e1
        11:00 fired s c1 anchor=11:00#e2 emitted=12:00
        11:00:00.001 suppressed s c1 anchor=11:00:00.001#e3 emitted=12:00 reason=cooldown
        """,
    )


def test_a_product_that_changed_later_is_none_of_an_instant_rule_s_business() -> None:
    # It asks at 10:00, the contact's latest instant, with what is known of the product now.
    expect(
        "- {name: s, on: cart_item_added, per: product, when: {all: [{product: {stock: {gt: 0}}},"
        " {interest: {by: [cart], within: 1h}}]}}",
        "12:00 stock_changed p1 5; 10:00 cart_item_added c1 p1 #e1",
        "10:00 fired s c1 key=p1 anchor=10:00#e1 emitted=12:00",
    )


def test_a_key_of_an_instant_rule_brings_the_changes_of_its_product_too() -> None:
    """The order brings the key p, whose product has changed at 10:01: the view is late."""
    expect(
        "- {name: seen, when: {did: product_viewed}, trigger: {}}\n"
        "- {name: s, on: product_viewed, per: product, "
        "when: {not_followed: {first: page_viewed, by: [order_placed], within: 1m}}}",
        "10:01 stock_changed p 0; 09:59 order_placed c1 o1 items=p; 10:00 product_viewed c1 p",
        "10:01 fired seen c1",
    )
