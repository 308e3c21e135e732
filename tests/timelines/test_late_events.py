"""Section 4: late events of every other kind, and the instant at which they are evaluated."""

import pytest

from .drawing import expect

TWICE = "- {name: s, when: {did: searched, at_least: 2, within: 1h}, trigger: {}}"
FINDER = "- {name: s, when: {did: searched}, trigger: {}}"


def test_a_late_event_is_evaluated_at_the_contacts_latest_instant() -> None:
    expect(FINDER, "11:00 page_viewed c1; 10:30 searched c1 a", "11:00 fired s c1")


def test_the_latest_instant_may_be_a_change_of_a_membership() -> None:
    # Idle since 11:00 by time alone, as the event of c2 tells: the latest instant is 11:00.
    expect(
        "- {name: idle, when: {idle: page_viewed, for: 1h}, trigger: {}}\n" + FINDER,
        "10:00 page_viewed c1; 12:00 page_viewed c2; 10:30 searched c1 a",
        "11:00 fired idle c1 emitted=12:00; 11:00 fired s c1 emitted=12:00",
    )


def test_the_time_of_others_does_not_make_an_event_late() -> None:
    expect(
        FINDER,
        "10:00 page_viewed c1; 12:00 page_viewed c2; 10:30 searched c1 a",
        "10:30 fired s c1 emitted=12:00",
    )


def test_an_event_of_the_time_of_the_latest_instant_is_not_late() -> None:
    expect(FINDER, "10:00 page_viewed c1; 10:00 searched c1 a", "10:00 fired s c1")


def test_a_late_event_counts_where_it_belongs() -> None:
    # At 10:30 there are two in (09:30, 10:30].
    expect(
        TWICE,
        "10:00 searched c1 a; 10:30 page_viewed c1; 10:15 searched c1 b",
        "10:30 fired s c1",
    )


def test_a_late_event_older_than_the_window_does_not_count() -> None:
    expect(TWICE, "10:00 searched c1 a; 10:30 page_viewed c1; 09:30 searched c1 b", "")
    expect(
        TWICE,
        "10:00 searched c1 a; 10:30 page_viewed c1; 09:30:00.001 searched c1 b",
        "10:30 fired s c1",
    )


def test_what_was_true_only_in_the_past_is_not_told() -> None:
    # There were two from 10:15 to 11:00, but the contact is at 12:00.
    expect(TWICE, "10:00 searched c1 a; 12:00 page_viewed c1; 10:15 searched c1 b", "")


def test_a_late_event_leaves_its_window_at_its_own_time() -> None:
    # The stay ends at 11:00, one hour after the older search, so 11:10 enters again.
    expect(
        TWICE,
        "10:15 searched c1 a; 10:30 page_viewed c1; 10:00 searched c1 b; 11:10 searched c1 c",
        "10:30 fired s c1; 11:10 fired s c1",
    )


@pytest.mark.parametrize(
    "arrival",
    [
        ["10:00 searched c1 a", "10:20 searched c1 b", "10:40 searched c1 c"],
        ["10:00 searched c1 a", "10:40 searched c1 c", "10:20 searched c1 b"],
        ["10:40 searched c1 c", "10:20 searched c1 b", "10:00 searched c1 a"],
        ["10:20 searched c1 b", "10:40 searched c1 c", "10:00 searched c1 a"],
    ],
)
def test_what_is_remembered_does_not_depend_on_the_order_of_arrival(arrival: list[str]) -> None:
    # Two searches within an hour of 11:10, whatever came first: those of 10:20 and 10:40.
    expect(
        "- {name: s, trigger: {},"
        " when: {all: [{did: searched, at_least: 2, at_most: 2, within: 1h}, {did: asked}]}}",
        "; ".join([*arrival, "11:10 asked c1"]),
        "11:10 fired s c1",
    )


def test_a_late_last_event_is_not_the_last() -> None:
    expect(
        "- {name: idle, when: {idle: searched, for: 1h}, trigger: {}}",
        "10:00 searched c1 a; 10:10 page_viewed c1; 09:00 searched c1 b; 11:00 end",
        "11:00 fired idle c1",
    )


def test_a_late_event_of_a_negation_takes_the_contact_out() -> None:
    # In at 10:00, told; the late order of 09:30 is older: cancelled. In again at 10:30.
    expect(
        "- {name: s, when: {all: [{did: searched}, {not: {did: order_placed, within: 1h}}]},"
        " trigger: {}}",
        "10:00 searched c1 a; 10:10 page_viewed c1; 09:30 order_placed c1 o1; 11:00 end",
        """
        10:00 fired s c1
        10:00 cancelled s c1 emitted=10:10
        10:30 fired s c1 emitted=11:00
        """,
    )


def test_a_late_event_that_changes_nothing_at_the_latest_instant_changes_nothing() -> None:
    # The late order of 08:30 has left the hour before 10:10.
    expect(
        "- {name: s, when: {all: [{did: searched}, {not: {did: order_placed, within: 1h}}]},"
        " trigger: {}}",
        "10:00 searched c1 a; 10:10 page_viewed c1; 08:30 order_placed c1 o1; 11:00 end",
        "10:00 fired s c1",
    )


def test_a_late_snapshot_is_interest_at_its_own_time() -> None:
    # Interest of 10:15 ends at 11:15.
    expect(
        "- {name: s, per: product, when: {interest: {by: [cart], within: 1h}}, trigger: {}}",
        "10:30 page_viewed c1; 10:15 cart_updated c1 p1; 11:15 cart_item_added c1 p1",
        "10:30 fired s c1 key=p1; 11:15 fired s c1 key=p1",
    )


def test_a_late_view_is_not_what_was_seen_last() -> None:
    # Against 100, seen last at 10:00, 95 is no drop of 10 %.
    expect(
        """
        - name: s
          per: product
          when: {all: [{interest: {by: [viewed], within: 1d}}, {product: {price_drop: {gte: 10%}}}]}
          trigger: {}
        """,
        "10:00 product_viewed c1 p1@100; 09:00 product_viewed c1 p1@200; 11:00 price_changed p1 95",
        "",
    )


def test_a_late_touch_does_not_keep_a_key() -> None:
    # By event time p1 is touched least recently, though its event arrived last but one.
    expect(
        "- {name: s, per: product, max_keys: 2, trigger: {},"
        " when: {did: product_viewed, at_least: 2}}",
        """
        10:00 product_viewed c1 p2
        09:00 product_viewed c1 p1
        10:10 product_viewed c1 p3
        10:20 product_viewed c1 p2
        """,
        "10:20 fired s c1 key=p2",
    )


def test_a_contact_is_as_it_is_whoever_else_is_there() -> None:
    alone = "10:00 searched c1 a; 10:40 searched c1 b; 11:50 searched c1 c; 12:00 searched c1 d"
    crowded = """
    10:00 searched c1 a
    10:30 searched c2 a
    10:40 searched c1 b
    11:45 page_viewed c3
    11:50 searched c1 c
    11:55 stock_changed p1 5
    12:00 searched c1 d
    """
    told = "10:40 fired s c1; 12:00 fired s c1"
    expect(TWICE, alone, told)
    expect(TWICE, crowded, told)
