"""The same of events that arrive late, and of products that changed after them."""

from typing import Any

from . import expected
from .by_hand import BACK, CART, HOUR_MS, QUIET, event, told


def test_a_late_order_between_two_additions_does_not_move_the_opening() -> None:
    add, more = (
        event(1, "cart_item_added", product="p"),
        event(1.5, "cart_item_added", product="q"),
    )
    order = event(1.25, "order_placed", order="o")
    assert told(CART, add, more, order, until=3) == ["fired 1h 02:30 (01:00)"]


def test_a_late_addition_moves_neither_the_opening_nor_the_last_change() -> None:
    add, late = (
        event(1, "cart_item_added", product="p"),
        event(0.5, "cart_item_added", product="q"),
    )
    assert told(CART, add, late, until=3) == ["fired 1h 02:00 (01:00)"]


def test_a_late_view_of_the_episode_still_fires_and_a_late_order_cancels() -> None:
    events = [
        event(1, "stock_changed", "p", quantity=0),
        event(3, "stock_changed", "p", quantity=4),
        event(2, "product_viewed", product="p"),
        event(2.5, "order_placed", order="o", items=[{"product": "p"}]),
    ]
    assert told(BACK, *events) == ["fired p 03:00 (03:00)", "cancelled p 03:00 (03:00)"]


def test_a_late_sell_out_takes_out_who_is_in_since_the_change_of_a_price() -> None:
    # The hold was over at 4, when the price changed.
    rule = {"use": "back_in_stock", "with": {"while": "any", "hold": "1h"}}
    events = [
        event(1, "stock_changed", "p", quantity=0),
        event(2, "product_viewed", product="p"),
        event(3, "stock_changed", "p", quantity=4),
        event(4, "price_changed", "p", price=9),
        event(3, "stock_changed", "p", quantity=0),
    ]
    assert told(rule, *events, lateness="3h") == ["suppressed p 04:00 (03:00) left"]


def test_a_late_activity_ends_the_silence_it_falls_into() -> None:
    events = [event(1, "page_viewed"), event(5, "message_sent"), event(2, "page_viewed")]
    assert told(QUIET, *events) == [
        "fired 2h 03:00 (01:00)",
        "cancelled 2h 03:00 (01:00)",
        "fired 2h 05:00 (02:00)",
    ]


def test_a_late_snapshot_of_nothing_names_the_cart_that_stays_open() -> None:
    events = [
        event(1, "cart_item_added", product="p"),
        event(1.5, "cart_item_added", product="q"),
        event(1, "cart_updated", items=[], cart="k"),
        event(2, "order_placed", order="o", cart="k", items=[{"product": "x"}]),
    ]
    assert told(CART, *events) == []


WISHED = {"interest": {"by": ["wishlist"], "within": "1h", "while": "out_of_stock"}}
WISHED_OR_QUIET = {
    "per": "product",
    "when": {"any": [WISHED, {"in_segment": "asked"}]},
    "trigger": {},
}


def test_a_late_event_is_decided_at_the_last_change_of_a_product() -> None:
    # The search of 6 would have made the contact quiet at 8; p changed at 9.
    events = [
        event(4, "wishlist_added", product="p"),
        event(7, "message_sent"),
        event(8.5, "stock_changed", "p", quantity=0),
        event(9, "stock_changed", "p", quantity=5),
        event(6, "searched"),
    ]
    quiet = {"use": "inactivity", "with": {"after": "2h", "of": ["searched"]}}
    assert told(WISHED_OR_QUIET, *events, asked=quiet) == ["fired p 09:00 (09:00)"]


def test_who_asks_about_what_a_late_event_brings_is_asked_after_it() -> None:
    wanted = {"per": "product", "when": {"interest": {"by": ["cart"], "within": "24h"}}}
    both = {"all": [wanted["when"], {"not": {"in_segment": "asked"}}]}
    rule = {"per": "product", "when": both, "trigger": {}}
    events = [
        event(4, "stock_changed", "p", quantity=5),
        event(3, "cart_item_added", product="p"),
    ]
    assert told(rule, *events, asked=wanted) == []


def test_a_change_comes_as_an_event_does_even_if_no_segment_can_tell() -> None:
    # A first quantity ends no stay out of stock; what time brings at 4 is decided all the same.
    events = [
        event(1, "wishlist_added", product="p"),
        event(2, "page_viewed"),
        event(4, "stock_changed", "p", quantity=5),
        event(3, "page_viewed"),
    ]
    assert told(WISHED_OR_QUIET, *events, asked=QUIET, lateness="1h") == [
        "fired p 05:00 (05:00)",
        "suppressed p 04:00 (04:00) left",
    ]


def test_a_key_that_a_late_event_has_forgotten_was_there_before_it() -> None:
    rule = {
        "per": "product",
        "when": {"all": [{"did": "product_viewed"}, {"not": {"in_segment": "asked"}}]},
        "trigger": {},
    }
    wanted = {
        "per": "product",
        "max_keys": 1,
        "when": {"interest": {"by": ["viewed", "cart"], "within": "24h"}},
    }
    events = [
        event(1, "product_viewed", product="p"),
        event(4, "stock_changed", "p", quantity=5),
        event(3, "cart_item_added", product="q"),
    ]
    assert told(rule, *events, asked=wanted, until=4, lateness="1h") == ["fired p 04:00 (04:00)"]


def test_a_cart_has_closed_by_age_once_now_is_past_lateness() -> None:
    rule = {"use": "abandoned_cart", "with": {"max_age": "2h", "min_total": 20}}
    events = [
        event(1, "cart_item_added", product="p"),
        event(3.5, "page_viewed", "d"),
        event(2.5, "cart_item_added", product="q", price=20),
    ]
    assert told(rule, *events) == []
    assert told(rule, *events, lateness="45m") == ["fired 1h 03:30 (01:00)"]


def by_a_clock_ahead(hour: float, arrival: float, type_: str, **data: Any) -> dict[str, Any]:
    return event(hour, type_, **data) | {"received": round(arrival * HOUR_MS)}


def causes(rule: dict[str, Any], *events: dict[str, Any]) -> list[str]:
    """`entered 11:00 time`: changes of membership, with a lateness of one minute."""
    rules = {"version": 1, "segments": [{"name": "s", "membership": True} | rule]}
    changes = expected(rules, events, until=12 * HOUR_MS, lateness="1m")[2]
    return [
        " ".join([one.type.removeprefix("segment."), at[11:16], one.cause])
        for one in changes
        for at in [one.exited_at or one.entered_at]
    ]


def test_an_event_that_ends_a_stay_is_the_cause_even_if_another_brings_the_contact_back() -> None:
    # The entry of 11:00 still waits as the search of 11:03 ends it.
    rule = {"when": {"any": [{"did": "page_viewed"}, {"idle": "searched", "for": "1h"}]}}
    assert causes(
        rule,
        event(10, "searched"),
        by_a_clock_ahead(11.05, 11, "searched"),
        by_a_clock_ahead(11.05, 11, "page_viewed"),
    ) == ["entered 11:00 time", "exited 11:03 event", "entered 11:03 event"]


def test_an_event_that_ended_a_stay_is_the_cause_even_if_the_key_is_forgotten_then() -> None:
    # The exit of 11:03 waits as its entry did; the entry is told by 11:02.
    rule = {
        "per": "product",
        "max_keys": 1,
        "when": {"idle": "product_viewed", "for": "1h"},
    }
    assert causes(
        rule,
        event(10, "product_viewed", product="p"),
        by_a_clock_ahead(11.05, 11, "product_viewed", product="p"),
        event(11.04, "page_viewed", "d"),
        by_a_clock_ahead(11.055, 11.04, "product_viewed", product="q"),
    ) == ["entered 11:00 time", "exited 11:03 event"]
