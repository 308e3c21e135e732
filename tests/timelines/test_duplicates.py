"""Section 2: the same event again changes nothing but stream time."""

import pytest

from .drawing import event, expect, play_events, show_outcome

SEARCHES = "- {name: twice, when: {did: searched, at_least: 2}, trigger: {}}"
ORDERS = "- {name: twice, when: {did: order_placed, at_least: 2}, trigger: {}}"
CART = "- {name: cart_left, use: abandoned_cart}"


def looks(first: int, last: int) -> str:
    """Events of c1 with the ids e<first> to e<last>, one a second from 11:00 on."""
    return "; ".join(
        f"11:{n // 60:02d}:{n % 60:02d} looked c1 #e{n}" for n in range(first, last + 1)
    )


def test_a_repeated_id_is_not_counted() -> None:
    expect(SEARCHES, "10:00 searched c1 bags #e1; 10:05 searched c1 bags #e1", "")


def test_a_repeated_id_is_a_duplicate_whatever_else_the_event_of_its_type_says() -> None:
    expect(
        CART,
        "10:00 cart_item_added c1 p1 #e1; 10:30 cart_item_added c1 p2 #e1; 11:00 end",
        "11:00 fired cart_left c1 rung=1h anchor=10:00",
    )


def test_events_of_two_types_may_share_an_id() -> None:
    # A shop names its checkouts and its orders by one counter.
    expect(
        CART,
        "10:00 cart_item_added c1 p1 #77; 10:30 order_placed c1 o1 #77; 20:00 end",
        "",
    )
    expect(
        "- {name: both, when: {all: [{did: checkout_started}, {did: order_placed}]}, trigger: {}}",
        "10:00 checkout_started c1 n77 #n77; 10:30 order_placed c1 n77 #n77 cart=n77",
        "10:30 fired both c1",
    )


def test_an_order_is_a_duplicate_only_of_an_order() -> None:
    expect(
        CART,
        """
        10:00 cart_updated c1 p1 cart=o1
        10:10 checkout_started c1 o1 #o1
        10:20 order_cancelled c1 o1
        10:30 order_placed c1 o1 items=p9 cart=o1
        20:00 end
        """,
        "",
    )


def test_events_without_id_are_never_duplicates() -> None:
    expect(SEARCHES, "10:00 searched c1 bags; 10:00 searched c1 bags", "10:00 fired twice c1")


def test_a_null_id_is_no_id() -> None:
    search = event("10:00 searched c1 bags") | {"id": None}
    played = play_events(SEARCHES, [search, search])
    assert [show_outcome(each) for each in played.triggers] == ["10:00 fired twice c1"]


def test_another_contact_may_use_the_same_id() -> None:
    expect(
        "- {name: once, when: {did: searched}, trigger: {}}",
        "10:00 searched c1 bags #e1; 10:05 searched c2 bags #e1",
        "10:00 fired once c1; 10:05 fired once c2",
    )


def test_a_duplicate_advances_stream_time() -> None:
    expect(
        CART,
        "10:00 cart_item_added c1 p1 #e1; 12:00 cart_item_added c1 p1 #e1",
        "11:00 fired cart_left c1 rung=1h anchor=10:00 emitted=12:00",
    )


def test_a_duplicate_is_no_instant_of_the_contact() -> None:
    # Were the duplicate of 12:00 an instant, the search of 11:30 would be late and count at 12:00.
    expect(
        "- {name: searcher, when: {did: searched}, trigger: {}}",
        "10:00 page_viewed c1 #e1; 12:00 page_viewed c1 #e1; 11:30 searched c1 bags",
        "11:30 fired searcher c1 emitted=12:00",
    )


@pytest.mark.parametrize(("others", "expected"), [(63, ""), (64, "12:00 fired twice c1")])
def test_the_last_64_ids_are_remembered(others: int, expected: str) -> None:
    expect(
        SEARCHES,
        f"10:00 searched c1 bags #e0; {looks(1, others)}; 12:00 searched c1 bags #e0",
        expected,
    )


def test_ids_are_remembered_in_the_order_of_arrival_not_of_time() -> None:
    # Of these 65 ids e0 is the oldest by time and the newest by arrival.
    expect(SEARCHES, f"{looks(1, 64)}; 10:00 searched c1 bags #e0; 12:30 searched c1 bags #e0", "")


def test_events_without_id_take_no_place_in_the_memory_of_ids() -> None:
    unnamed = "; ".join(["11:00 page_viewed c1"] * 70)
    expect(SEARCHES, f"10:00 searched c1 bags #e0; {unnamed}; 12:00 searched c1 bags #e0", "")


def test_the_events_of_others_take_no_place_in_the_memory_of_ids() -> None:
    others = "; ".join(f"11:00 page_viewed c2 #x{n}" for n in range(70))
    expect(SEARCHES, f"10:00 searched c1 bags #e0; {others}; 12:00 searched c1 bags #e0", "")


@pytest.mark.parametrize(("first", "second"), [("", ""), ("#e1", "#e2"), ("", "#e2"), ("#e1", "")])
def test_a_repeated_order_is_a_duplicate_with_or_without_an_id(first: str, second: str) -> None:
    expect(ORDERS, f"10:00 order_placed c1 o1 {first}; 10:05 order_placed c1 o1 {second}", "")


def test_different_orders_are_no_duplicates() -> None:
    expect(ORDERS, "10:00 order_placed c1 o1; 10:05 order_placed c1 o2", "10:05 fired twice c1")


def test_a_repeated_order_does_not_close_a_cart_again() -> None:
    expect(
        CART,
        """
        09:00 order_placed c1 o1 items=p1
        10:00 cart_item_added c1 p1
        10:30 order_placed c1 o1 items=p1
        11:00 end
        """,
        "11:00 fired cart_left c1 rung=1h anchor=10:00",
    )


@pytest.mark.parametrize(("others", "expected"), [(63, ""), (64, "12:00 fired many c1")])
def test_the_last_64_orders_are_remembered(others: int, expected: str) -> None:
    between = "; ".join(f"11:00 order_placed c1 x{n}" for n in range(others))
    expect(
        f"- {{name: many, when: {{did: order_placed, at_least: {others + 2}}}, trigger: {{}}}}",
        f"10:00 order_placed c1 o1; {between}; 12:00 order_placed c1 o1",
        expected,
    )


def test_a_cancelled_order_does_not_repeat_it() -> None:
    expect(
        "- {name: undone, when: {did: order_cancelled}, trigger: {}}",
        "10:00 order_placed c1 o1; 11:00 order_cancelled c1 o1",
        "11:00 fired undone c1",
    )
