"""The reference itself, against timelines worked out by hand from the definitions.

Hours stand for times: 1.5 is half past one on the day of the tests.
"""

from typing import Any

from . import expected

HOUR_MS = 3_600_000
ABOUT_PRODUCTS = ("stock_changed", "price_changed", "product_updated")


def event(hour: float, type_: str, name: str = "c", **data: Any) -> dict[str, Any]:
    whose = "product" if type_ in ABOUT_PRODUCTS else "contact"
    return {"type": type_, whose: name, "time": round(hour * HOUR_MS), "data": data}


def told(
    rule: dict[str, Any],
    *events: dict[str, Any],
    asked: dict[str, Any] | None = None,
    until: float = 24,
    lateness: str = "0s",
) -> list[str]:
    """`fired 1h 02:00 (01:00)`: what, the rung or key, entered at, the anchor, why not.

    The rule may ask about another, `asked`, which fires nothing.
    """
    others = [] if asked is None else [{"name": "asked"} | asked | {"trigger": False}]
    rules = {"version": 1, "segments": [{"name": "s"} | rule, *others]}
    lines = expected(rules, events, until=round(until * HOUR_MS), lateness=lateness)
    return [
        " ".join(
            [
                line.type.removeprefix("trigger."),
                *([line.key] if line.key else []),
                *([line.rung] if line.rung else []),
                line.entered_at[11:16],
                f"({line.anchor[11:16]})",
                *([line.reason] if line.reason else []),
            ]
        )
        for line in [*lines[0], *lines[1]]
    ]


CART = {"use": "abandoned_cart", "with": {"after": ["1h", "3h"]}}
BACK = {"use": "back_in_stock"}
QUIET = {"use": "inactivity", "with": {"after": "2h"}}


def test_each_rung_fires_once_per_cart_and_waits_anew_after_a_change() -> None:
    add, more = (
        event(1, "cart_item_added", product="p"),
        event(2.5, "cart_item_added", product="q"),
    )
    assert told(CART, add, more) == ["fired 1h 02:00 (01:00)", "fired 3h 05:30 (01:00)"]


def test_an_order_at_the_very_instant_comes_after_what_time_brings() -> None:
    add, order = event(1, "cart_item_added", product="p"), event(2, "order_placed", order="o")
    assert told(CART, add, order) == ["fired 1h 02:00 (01:00)"]
    assert told(CART, add, order, lateness="1s") == ["suppressed 1h 02:00 (01:00) left"]


def test_an_unrelated_order_leaves_the_cart_open() -> None:
    add = event(1, "cart_item_added", product="p")
    order = event(1.5, "order_placed", order="o", items=[{"product": "q"}])
    assert told(CART, add, order, until=3) == ["fired 1h 02:00 (01:00)"]


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


def test_a_removal_takes_at_most_what_is_there() -> None:
    events = [
        event(1, "cart_item_added", product="p"),
        event(1.1, "cart_item_removed", product="p", quantity=5),
        event(1.5, "cart_item_added", product="p"),
    ]
    assert told(CART, *events, until=3) == ["fired 1h 02:30 (01:30)"]


def test_max_age_closes_before_the_events_of_its_instant() -> None:
    rule = {"use": "abandoned_cart", "with": {"after": "1h", "max_age": "2h"}}
    events = [event(1, "cart_item_added", product="p"), event(3, "cart_item_added", product="q")]
    assert told(rule, *events) == ["fired 1h 02:00 (01:00)", "fired 1h 04:00 (03:00)"]


def test_a_snapshot_of_the_same_contents_does_not_restart_the_wait() -> None:
    events = [
        event(1, "cart_item_added", product="p", price=1),
        event(1.5, "cart_updated", items=[{"product": "p", "price": 2}]),
    ]
    assert told(CART, *events, until=3) == ["fired 1h 02:00 (01:00)"]


def test_totals_are_exact() -> None:
    rule = {"use": "abandoned_cart", "with": {"min_total": 0.3}}
    events = [
        event(1, "cart_item_added", product="p", price=0.1),
        event(1, "cart_item_added", product="q", price=0.2),
    ]
    assert told(rule, *events) == ["fired 1h 02:00 (01:00)"]


def test_a_view_while_out_of_stock_fires_at_the_restock() -> None:
    events = [
        event(1, "product_viewed", product="p"),
        event(2, "stock_changed", "p", quantity=0),
        event(2, "product_viewed", "d", product="p"),
        event(3, "stock_changed", "p", quantity=4),
    ]
    assert told(BACK, *events) == ["fired p 03:00 (03:00)"]


def test_a_late_view_of_the_episode_still_fires_and_a_late_order_cancels() -> None:
    events = [
        event(1, "stock_changed", "p", quantity=0),
        event(3, "stock_changed", "p", quantity=4),
        event(2, "product_viewed", product="p"),
        event(2.5, "order_placed", order="o", items=[{"product": "p"}]),
    ]
    assert told(BACK, *events) == ["fired p 03:00 (03:00)", "cancelled p 03:00 (03:00)"]


def test_a_restock_that_does_not_last_does_not_end_the_episode() -> None:
    rule = {"use": "back_in_stock", "with": {"hold": "1h"}}
    events = [
        event(1, "stock_changed", "p", quantity=0),
        event(2, "stock_changed", "p", quantity=4),
        event(2.5, "product_viewed", product="p"),
        event(2.75, "stock_changed", "p", quantity=0),
        event(3, "stock_changed", "p", quantity=4),
    ]
    assert told(rule, *events) == ["fired p 04:00 (03:00)"]


def test_entering_uses_up_the_interest_unless_each_restock_is_asked() -> None:
    events = [
        event(1, "product_viewed", product="p"),
        event(2, "stock_changed", "p", quantity=0),
        event(3, "stock_changed", "p", quantity=4),
        event(4, "stock_changed", "p", quantity=0),
        event(5, "stock_changed", "p", quantity=4),
    ]
    once = {"use": "back_in_stock", "with": {"while": "any"}}
    each = {"use": "back_in_stock", "with": {"while": "any", "repeat": "each_restock"}}
    assert told(once, *events) == ["fired p 03:00 (03:00)"]
    assert told(each, *events) == ["fired p 03:00 (03:00)", "fired p 05:00 (05:00)"]


def test_a_first_quantity_is_no_restock() -> None:
    events = [
        event(1, "product_viewed", product="p"),
        event(2, "stock_changed", "p", quantity=4),
    ]
    assert told({"use": "back_in_stock", "with": {"while": "any"}}, *events) == []


def test_a_late_sell_out_before_the_end_of_a_hold_ends_it_whatever_else_was_told_since() -> None:
    rule = {"use": "back_in_stock", "with": {"while": "any", "hold": "1h"}}
    events = [
        event(1, "stock_changed", "p", quantity=0),
        event(2, "product_viewed", product="p"),
        event(3, "stock_changed", "p", quantity=4),
        event(4, "price_changed", "p", price=9),
        event(3, "stock_changed", "p", quantity=0),
    ]
    assert told(rule, *events, lateness="3h") == []


def test_locations_add_up_and_a_whole_replaces_them() -> None:
    events = [
        event(1, "stock_changed", "p", quantity=0, location="L1"),
        event(1.5, "product_viewed", product="p"),
        event(2, "stock_changed", "p", quantity=2, location="L2"),
        event(3, "stock_changed", "p", quantity=0),
        event(3.5, "product_viewed", product="p"),
        event(4, "stock_changed", "p", quantity=1, location="L1"),
    ]
    assert told(BACK, *events) == ["fired p 02:00 (02:00)", "fired p 04:00 (04:00)"]


def test_a_late_activity_ends_the_silence_it_falls_into() -> None:
    events = [event(1, "page_viewed"), event(5, "message_sent"), event(2, "page_viewed")]
    assert told(QUIET, *events) == [
        "fired 2h 03:00 (01:00)",
        "cancelled 2h 03:00 (01:00)",
        "fired 2h 05:00 (02:00)",
    ]


def test_a_window_is_open_at_its_start() -> None:
    rule = {"when": {"did": "searched", "at_least": 2, "within": "2h"}, "trigger": {}}
    assert told(rule, event(1, "searched"), event(3, "searched")) == []
    assert told(rule, event(1, "searched"), event(2.9, "searched")) == ["fired 02:54 (02:54)"]


def test_cooldown_is_over_at_exactly_its_length() -> None:
    rule = {"when": {"did": "searched", "within": "30m"}, "trigger": {"cooldown": "2h"}}
    searches = [event(hour, "searched") for hour in (1, 2, 3)]
    assert told(rule, *searches) == [
        "fired 01:00 (01:00)",
        "fired 03:00 (03:00)",
        "suppressed 02:00 (02:00) cooldown",
    ]


def test_what_was_held_back_counts_neither_for_cooldown_nor_for_limit() -> None:
    rule = {
        "when": {"did": "searched", "within": "30m"},
        "trigger": {"cooldown": "2h", "limit": 2},
    }
    searches = [event(hour, "searched") for hour in (1, 2, 3, 4, 9)]
    assert told(rule, *searches)[:2] == ["fired 01:00 (01:00)", "fired 03:00 (03:00)"]
    assert [line.split()[-1] for line in told(rule, *searches)[2:]] == [
        "cooldown",
        "cooldown",
        "limit",
    ]


def test_a_short_stay_that_time_ends_is_not_told() -> None:
    rule = {
        "when": {"all": [{"idle": "searched", "for": "2s"}, {"did": "searched", "within": "4s"}]},
        "trigger": {},
    }
    assert told(rule, event(1, "searched"), lateness="1s") == ["fired 01:00 (01:00)"]
    assert told(rule, event(1, "searched"), lateness="3s") == ["suppressed 01:00 (01:00) left"]


def test_a_duplicate_changes_nothing() -> None:
    rule = {"when": {"did": "searched", "at_least": 2}, "trigger": {}}
    search = event(1, "searched") | {"id": "e"}
    assert told(rule, search, search) == []
    orders = {"when": {"did": "order_placed", "at_least": 2}, "trigger": {}}
    order = event(1, "order_placed", order="o")
    assert told(orders, order, order | {"id": "e"}) == []


def test_an_instant_rule_fires_at_each_matching_event() -> None:
    rule = {"on": "searched", "where": {"query": "bag"}, "when": {"not": {"did": "order_placed"}}}
    events = [
        event(1, "searched", query="bag") | {"id": "e"},
        event(2, "searched", query="hat"),
        event(3, "order_placed", order="o"),
        event(4, "searched", query="bag"),
    ]
    assert told(rule, *events) == ["fired 01:00 (01:00)"]


def test_a_contact_is_in_once_per_key_and_the_least_recent_key_is_forgotten() -> None:
    rule = {
        "per": "category",
        "max_keys": 1,
        "when": {"did": "category_viewed", "at_least": 2},
        "trigger": {},
    }
    views = [
        event(hour, "category_viewed", category=category)
        for hour, category in [(1, "bags"), (2, "hats"), (3, "bags"), (4, "bags")]
    ]
    assert told(rule, *views) == ["fired bags 04:00 (04:00)"]


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


def test_a_late_event_matters_to_who_asks_about_what_time_makes_of_it() -> None:
    # The search of 6 makes the contact quiet at 8; that p changed at 9 is nothing to that.
    events = [
        event(4, "wishlist_added", product="p"),
        event(7, "message_sent"),
        event(8.5, "stock_changed", "p", quantity=0),
        event(9, "stock_changed", "p", quantity=5),
        event(6, "searched"),
    ]
    quiet = {"use": "inactivity", "with": {"after": "2h", "of": ["searched"]}}
    assert told(WISHED_OR_QUIET, *events, asked=quiet) == ["fired p 08:00 (08:00)"]


def test_who_asks_about_what_a_late_event_brings_is_asked_after_it() -> None:
    wanted = {"per": "product", "when": {"interest": {"by": ["cart"], "within": "24h"}}}
    both = {"all": [wanted["when"], {"not": {"in_segment": "asked"}}]}
    rule = {"per": "product", "when": both, "trigger": {}}
    events = [
        event(4, "stock_changed", "p", quantity=5),
        event(3, "cart_item_added", product="p"),
    ]
    assert told(rule, *events, asked=wanted) == []


def test_a_change_that_no_segment_can_tell_is_no_event_of_the_contact() -> None:
    # A first quantity ends no stay out of stock: when it is told, what time brings at 4 can wait.
    events = [
        event(1, "wishlist_added", product="p"),
        event(2, "page_viewed"),
        event(4, "stock_changed", "p", quantity=5),
        event(3, "page_viewed"),
    ]
    assert told(WISHED_OR_QUIET, *events, asked=QUIET, lateness="1h") == ["fired p 05:00 (05:00)"]


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
