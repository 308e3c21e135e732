"""Section 3, trigger options: cooldown, limit, cancel; and which segments fire at all."""

import pytest

from .drawing import expect, play

SEEN = "{did: searched, within: 10m}"


def segment(trigger: str) -> str:
    """In for ten minutes after each search."""
    return f"- {{name: s, when: {SEEN}, trigger: {trigger}}}"


COOL = segment("{cooldown: 1h}")


def searches(*clocks: str) -> str:
    return "; ".join(f"{clock} searched c1 bags" for clock in clocks)


def test_a_when_segment_without_trigger_does_not_fire() -> None:
    expect(f"- {{name: s, when: {SEEN}}}", searches("10:00"), "")


def test_an_empty_trigger_fires() -> None:
    expect(segment("{}"), searches("10:00"), "10:00 fired s c1")


def test_trigger_false_does_not_fire() -> None:
    expect(segment("false"), searches("10:00"), "")
    expect(
        "- {name: s, use: abandoned_cart, trigger: false}",
        "10:00 cart_item_added c1 p1; 12:00 end",
        "",
    )


def test_within_the_cooldown_it_is_suppressed_and_at_exactly_it_fires() -> None:
    expect(
        COOL,
        searches("10:00", "10:30", "11:00"),
        "10:00 fired s c1; 11:00 fired s c1; 10:30 suppressed s c1 reason=cooldown",
    )
    expect(
        COOL,
        searches("10:00", "10:59:59.999"),
        "10:00 fired s c1; 10:59:59.999 suppressed s c1 reason=cooldown",
    )


def test_a_suppressed_trigger_starts_no_cooldown() -> None:
    expect(
        COOL,
        searches("10:00", "10:50", "11:10"),
        "10:00 fired s c1; 11:10 fired s c1; 10:50 suppressed s c1 reason=cooldown",
    )


def test_limit_is_ever() -> None:
    expect(
        segment("{limit: 2}"),
        searches("10:00", "11:00", "12:00", "300d+10:00"),
        """
        10:00 fired s c1
        11:00 fired s c1
        12:00 suppressed s c1 reason=limit
        300d+10:00 suppressed s c1 reason=limit
        """,
    )


def test_a_suppressed_trigger_takes_nothing_of_the_limit() -> None:
    expect(
        segment("{limit: 2, cooldown: 1h}"),
        searches("10:00", "10:30", "11:30", "13:00"),
        """
        10:00 fired s c1
        11:30 fired s c1
        10:30 suppressed s c1 reason=cooldown
        13:00 suppressed s c1 reason=limit
        """,
    )


def test_where_both_hold_it_back_cooldown_is_the_reason() -> None:
    expect(
        segment("{limit: 1, cooldown: 1h}"),
        searches("10:00", "10:30", "11:00"),
        """
        10:00 fired s c1
        10:30 suppressed s c1 reason=cooldown
        11:00 suppressed s c1 reason=limit
        """,
    )


def test_cooldown_and_limit_count_per_contact() -> None:
    expect(
        segment("{limit: 1, cooldown: 1h}"),
        "10:00 searched c1 a; 10:10 searched c2 a",
        "10:00 fired s c1; 10:10 fired s c2",
    )


def test_they_count_per_key() -> None:
    expect(
        "- {name: s, use: back_in_stock, trigger: {limit: 1, cooldown: 1h}}",
        """
        10:00 stock_changed p1 0
        10:00 stock_changed p2 0
        10:10 product_viewed c1 p1
        10:10 product_viewed c1 p2
        10:20 stock_changed p1 5
        10:30 stock_changed p2 5
        """,
        "10:20 fired s c1 key=p1; 10:30 fired s c1 key=p2",
    )


def test_they_count_per_rung() -> None:
    expect(
        "- {name: s, use: abandoned_cart, with: {after: [1h, 2h]},"
        " trigger: {limit: 1, cooldown: 1d}}",
        "10:00 cart_item_added c1 p1; 12:00 end",
        """
        11:00 fired s c1 rung=1h anchor=10:00 emitted=12:00
        12:00 fired s c1 rung=2h anchor=10:00
        """,
    )


def test_they_count_per_segment() -> None:
    expect(
        f"- {{name: a, when: {SEEN}, trigger: {{cooldown: 1h}}}}\n"
        f"- {{name: b, when: {SEEN}, trigger: {{cooldown: 1h}}}}",
        searches("10:00"),
        "10:00 fired a c1; 10:00 fired b c1",
    )


def test_what_was_suppressed_is_not_made_up_for() -> None:
    expect(
        "- {name: s, when: {attribute: vip, eq: true}, trigger: {cooldown: 1h}}",
        """
        10:00 contact_updated c1 vip=true
        10:10 contact_updated c1 vip=false
        10:20 contact_updated c1 vip=true
        15:00 page_viewed c1
        """,
        "10:00 fired s c1; 10:20 suppressed s c1 reason=cooldown",
    )


def test_a_suppressed_rung_may_fire_later_in_the_episode() -> None:
    # The second cart would be told at 11:40, within two hours of 10:00; a change of it at 12:00
    # lets it be told at 13:00.
    expect(
        "- {name: s, use: abandoned_cart, trigger: {cooldown: 2h}}",
        """
        09:00 cart_item_added c1 p1
        10:30 order_placed c1 o1 items=p1
        10:40 cart_item_added c1 p1
        12:00 cart_item_added c1 p2
        13:00 end
        """,
        """
        10:00 fired s c1 rung=1h anchor=09:00 emitted=10:30
        13:00 fired s c1 rung=1h anchor=10:40
        11:40 suppressed s c1 rung=1h anchor=10:40 emitted=12:00 reason=cooldown
        """,
    )


def test_a_suppressed_rung_that_fires_later_has_the_id_it_would_have_had() -> None:
    played = play(
        "- {name: s, use: abandoned_cart, trigger: {cooldown: 2h}}",
        """
        09:00 cart_item_added c1 p1
        10:30 order_placed c1 o1 items=p1
        10:40 cart_item_added c1 p1
        12:00 cart_item_added c1 p2
        13:00 end
        """,
    )
    assert [each["id"] for each in played.decisions] == [played.triggers[1]["id"]]


CANCELLED_AT_10 = """
09:00 cart_item_added c1 p1
10:10 page_viewed c1
09:30 order_placed c1 o1 items=p1
10:20 cart_item_added c1 p1
11:20 end
"""
FIRED_AND_CANCELLED = """
10:00 fired s c1 rung=1h anchor=09:00 emitted=10:10
10:00 cancelled s c1 rung=1h anchor=09:00 emitted=10:10
"""


@pytest.mark.parametrize(
    ("option", "last"),
    [
        ("cooldown: 2h", "11:20 suppressed s c1 rung=1h anchor=10:20 reason=cooldown"),
        ("limit: 1", "11:20 suppressed s c1 rung=1h anchor=10:20 reason=limit"),
        ("limit: 2", "11:20 fired s c1 rung=1h anchor=10:20"),
        ("cooldown: 80m", "11:20 fired s c1 rung=1h anchor=10:20"),
    ],
)
def test_what_was_cancelled_has_fired(option: str, last: str) -> None:
    expect(
        f"- {{name: s, use: abandoned_cart, trigger: {{{option}}}}}",
        CANCELLED_AT_10,
        FIRED_AND_CANCELLED + last,
    )


def test_cancel_false_takes_nothing_back() -> None:
    expect(
        "- {name: s, use: abandoned_cart, trigger: {cancel: false}}",
        CANCELLED_AT_10,
        """
        10:00 fired s c1 rung=1h anchor=09:00 emitted=10:10
        11:20 fired s c1 rung=1h anchor=10:20
        """,
    )


def test_what_was_held_back_is_not_cancelled() -> None:
    expect(
        "- {name: s, use: abandoned_cart, trigger: {cooldown: 3h}}",
        """
        08:00 cart_item_added c1 p1
        09:00 order_placed c1 o1 items=p1
        09:10 cart_item_added c1 p1
        10:20 page_viewed c1
        09:30 order_placed c1 o2 items=p1
        20:00 end
        """,
        """
        09:00 fired s c1 rung=1h anchor=08:00
        10:10 suppressed s c1 rung=1h anchor=09:10 emitted=10:20 reason=cooldown
        """,
    )
