"""first_order: the contact has become a customer."""

from .drawing import expect, play, refuse

FIRST = "- {name: first, use: first_order}"


def test_it_fires_at_the_first_order_and_at_no_other() -> None:
    expect(
        FIRST,
        "09:00 page_viewed c1; 10:00 order_placed c1 o1; 11:00 order_placed c1 o2; 1d+10:00 end",
        "10:00 fired first c1",
    )


def test_each_contact_has_a_first_order() -> None:
    expect(
        FIRST,
        "10:00 order_placed c1 o1; 10:00 order_placed c2 o1",
        "10:00 fired first c1; 10:00 fired first c2",
    )


def test_a_cart_or_a_checkout_is_no_order() -> None:
    expect(FIRST, "10:00 cart_item_added c1 p1; 11:00 checkout_started c1; 1d+10:00 end", "")


def test_a_cancelled_order_was_one() -> None:
    expect(
        FIRST,
        "10:00 order_placed c1 o1; 11:00 order_cancelled c1 o1; 12:00 order_placed c1 o2",
        "10:00 fired first c1",
    )


def test_who_is_a_customer_stays_one() -> None:
    played = play(
        "- {name: first, use: first_order, membership: true}",
        "10:00 order_placed c1 o1; 11:00 order_placed c1 o2; 900d+10:00 end",
    )
    assert [one["type"] for one in played.membership] == ["segment.entered"]


def test_the_context_is_the_order() -> None:
    (fired,) = play(FIRST, "10:00 order_placed c1 o1 total=19.90 currency=EUR items=p1").triggers
    time = "2026-11-21T10:00:00.000Z"
    assert fired["context"] == {
        "order": {"order": "o1", "total": 19.9, "currency": "EUR", "time": time}
    }


def test_a_late_order_is_the_first_if_none_is_known() -> None:
    expect(
        FIRST,
        "11:00 page_viewed c1; 10:00 order_placed c1 o1; 12:00 page_viewed c1",
        "11:00 fired first c1",
    )


def test_a_late_order_from_before_the_first_changes_nothing() -> None:
    expect(FIRST, "10:00 order_placed c1 o2; 09:00 order_placed c1 o1", "10:00 fired first c1")


def test_it_has_no_parameters() -> None:
    refuse("- {name: s, use: first_order, with: {§n: 1}}", "n")
