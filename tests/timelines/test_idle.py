"""Section 3, `idle`: there is a matching event, and the last one is at least W ago."""

import pytest

from .drawing import expect


def segment(condition: str) -> str:
    return f"- {{name: s, when: {condition}, trigger: {{}}}}"


VIEW = segment("{idle: product_viewed, for: 1h}")


def test_idle_is_true_exactly_w_after_the_last_event() -> None:
    expect(VIEW, "10:00 product_viewed c1 p1; 10:59:59.999 end", "")
    expect(VIEW, "10:00 product_viewed c1 p1; 11:00 end", "11:00 fired s c1")


def test_the_last_event_counts() -> None:
    expect(
        VIEW,
        "10:00 product_viewed c1 p1; 10:30 product_viewed c1 p2; 12:00 end",
        "11:30 fired s c1 emitted=12:00",
    )


def test_without_a_matching_event_nobody_is_idle() -> None:
    expect(VIEW, "10:00 searched c1 a; 1d+10:00 searched c1 b", "")


def test_an_event_at_the_very_instant_ends_what_it_finds() -> None:
    expect(
        VIEW,
        "10:00 product_viewed c1 p1; 11:00 product_viewed c1 p1; 12:00 end",
        "11:00 fired s c1; 12:00 fired s c1",
    )


def test_idle_of_a_list_of_types() -> None:
    expect(
        segment("{idle: [product_viewed, searched], for: 1h}"),
        "10:00 product_viewed c1 p1; 10:20 searched c1 a; 10:40 page_viewed c1; 12:00 end",
        "11:20 fired s c1 emitted=12:00",
    )


@pytest.mark.parametrize(
    ("what", "entered"),
    [("message_sent c1 email", "11:00"), ("message_clicked c1 email", "11:30")],
)
def test_idle_of_any_activity(what: str, entered: str) -> None:
    expect(
        segment("{idle: any, for: 1h}"),
        f"10:00 page_viewed c1; 10:30 {what}; 11:30 end",
        f"{entered} fired s c1" + (" emitted=11:30" if entered == "11:00" else ""),
    )


def test_where_says_which_events_count() -> None:
    expect(
        segment("{idle: product_viewed, for: 1h, where: {category: bags}}"),
        """
        10:00 product_viewed c1 p1 category=bags
        10:30 product_viewed c1 p2 category=shoes
        11:00 end
        """,
        "11:00 fired s c1",
    )


@pytest.mark.parametrize(
    ("waits", "first", "then"),
    [
        ("idle: page_viewed, for: 5h", "page_viewed c1", "page_viewed c1"),
        ("cart: {idle: 5h}", "cart_item_added c1 p1", "cart_item_added c1 p1"),
        ("cart: {idle: 5h}", "cart_item_added c1 p1", "order_placed c1 o1"),
    ],
)
def test_who_waits_for_one_of_two_enters_when_the_other_is_over(
    waits: str, first: str, then: str
) -> None:
    # At 06:00 the wait would be over at 11:00, but for what comes at 08:00; at 12:00 the search is
    # eight hours old.
    expect(
        segment(f"{{any: [{{did: searched, at_most: 0, within: 8h}}, {{{waits}}}]}}"),
        f"00:00 {first}; 04:00 searched c1 a; 06:00 {first}; 08:00 {then}; 12:00 end",
        "00:00 fired s c1; 05:00 fired s c1 emitted=06:00; 12:00 fired s c1",
    )


def test_not_idle_is_true_until_exactly_w_after() -> None:
    # Never viewed: not idle. 10:30 still not. 11:30 idle. 12:00 a view: not idle again.
    expect(
        segment("{not: {idle: product_viewed, for: 1h}}"),
        "10:00 page_viewed c1; 10:30 product_viewed c1 p1; 12:00 product_viewed c1 p1",
        "10:00 fired s c1; 12:00 fired s c1",
    )
