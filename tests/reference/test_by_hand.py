"""The reference itself, against timelines worked out by hand from the definitions."""

from .by_hand import BACK, CART, event, told


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


def test_a_short_stay_that_time_ends_is_told() -> None:
    rule = {
        "when": {"all": [{"idle": "searched", "for": "2s"}, {"did": "searched", "within": "4s"}]},
        "trigger": {},
    }
    assert told(rule, event(1, "searched"), lateness="1s") == ["fired 01:00 (01:00)"]
    assert told(rule, event(1, "searched"), lateness="3s") == ["fired 01:00 (01:00)"]


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
