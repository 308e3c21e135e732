"""Whose an order is, and which are none: contacts merge, erase and cancel."""

from decimal import Decimal

from streamseg.core.events import Event
from streamseg.core.features.order_history import OrderTerms
from streamseg.core.values.zones import UTC_ZONE
from streamseg.fit.orders import Orders

DAY = 86_400_000
TERMS = OrderTerms("total", None, 30 * DAY, UTC_ZONE)


def order(contact: str, day: int, total: int = 1) -> Event:
    return Event("order_placed", contact, day * DAY, {"order": f"o{day}", "total": total})


def cancelled(contact: str, day: int, order_day: int) -> Event:
    return Event("order_cancelled", contact, day * DAY, {"order": f"o{order_day}"})


def merged(keeper: str, other: str, day: int = 50) -> Event:
    return Event("contact_merged", keeper, day * DAY, {"from": other})


def erased(contact: str) -> Event:
    return Event("contact_erased", contact, 60 * DAY, {})


def days(*events: Event) -> list[list[int]]:
    """The order days of each contact, by number since 1970."""
    orders = Orders(TERMS)
    for event in events:
        orders.add(event)
    return [[day.time // DAY for day in contact] for contact in orders.contacts()]


def test_an_order_that_was_cancelled_before_a_merge_stays_cancelled() -> None:
    assert days(order("a", 1), order("a", 2), cancelled("a", 3, 2), merged("k", "a")) == [[1]]


def test_what_comes_of_a_merged_id_is_its_keepers() -> None:
    later = [order("a", 51), order("a", 52), cancelled("a", 53, 52)]
    assert days(order("k", 1), order("a", 2), merged("k", "a"), *later) == [[1, 2, 51]]


def test_a_chain_of_merges_leads_to_the_last_keeper() -> None:
    chain = [order("a", 1), merged("k", "a"), order("k", 2), merged("l", "k"), order("a", 55)]
    assert days(*chain) == [[1, 2, 55]]


def test_a_merge_that_would_close_a_circle_does_nothing() -> None:
    assert days(order("a", 1), order("k", 2), merged("k", "a"), merged("a", "k")) == [[1, 2]]
    assert days(order("a", 1), merged("a", "a")) == [[1]]


def test_who_is_merged_twice_leaves_the_past_with_the_first_keeper() -> None:
    two = [order("a", 1), merged("k", "a"), merged("l", "a", 55), order("a", 56)]
    assert days(*two) == [[1], [56]]


def test_a_merge_older_than_the_one_before_changes_nothing() -> None:
    assert days(order("a", 1), merged("k", "a"), merged("l", "a", 40), order("a", 56)) == [[1, 56]]


def test_erasing_forgets_the_keeper_all_that_led_to_it_and_what_was_cancelled() -> None:
    gone = [order("k", 1), order("a", 2), merged("k", "a"), erased("a")]
    assert days(*gone) == []
    assert days(*gone, order("k", 61), order("a", 62)) == [[62], [61]]
    elsewhere = [merged("k", "a"), merged("l", "a", 55), erased("k")]
    assert days(*elsewhere, order("a", 56), order("l", 57)) == [[56, 57]]
    again = [order("k", 1), cancelled("k", 1, 2), erased("k"), order("k", 2)]
    assert days(*again) == [[2]]


def test_amounts_of_both_add_up_on_a_day_and_an_order_told_by_both_is_one() -> None:
    orders = Orders(TERMS)
    one = Event("order_placed", "a", DAY, {"order": "x", "total": 5})
    for event in (order("k", 1, 2), order("a", 1, 9), one, merged("k", "a")):
        orders.add(event)
    assert [[day.amount for day in contact] for contact in orders.contacts()] == [[Decimal(7)]]
