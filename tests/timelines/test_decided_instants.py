"""Section 4: what time alone changes is decided at its instant, and told when `now` is there."""

import pytest

from .drawing import expect, play

CART = "- {name: cart_left, use: abandoned_cart}"
AT_11 = "11:00 fired cart_left c1 rung=1h anchor=10:00"


def test_emitted_at_is_the_now_at_which_it_was_told() -> None:
    expect(CART, "10:00 cart_item_added c1 p1; 11:00 page_viewed c2", AT_11)
    expect(CART, "10:00 cart_item_added c1 p1; 11:30 page_viewed c2", AT_11 + " emitted=11:30")
    expect(CART, "10:00 cart_item_added c1 p1; 11:30 page_viewed c1", AT_11 + " emitted=11:30")


def test_a_product_event_advances_now_too() -> None:
    expect(CART, "10:00 cart_item_added c1 p1; 11:30 stock_changed p9 5", AT_11 + " emitted=11:30")


def test_now_does_not_go_back() -> None:
    expect(
        "- {name: s, when: {did: searched}, trigger: {}}",
        "12:00 page_viewed c1; 11:00 searched c2 a; 11:30 searched c3 a",
        "11:00 fired s c2 emitted=12:00; 11:30 fired s c3 emitted=12:00",
    )


def test_what_time_alone_changes_is_decided_before_the_next_event() -> None:
    # The order of 15:00 comes long after 11:00, in one leap.
    expect(
        CART,
        "10:00 cart_item_added c1 p1; 15:00 order_placed c1 o1 items=p1",
        AT_11 + " emitted=15:00",
    )


def test_several_instants_of_one_leap_are_decided_in_their_order() -> None:
    # Idle from 11:00 on, and no longer recent from 12:00 on.
    expect(
        "- {name: between, trigger: {}, when: {all: [{idle: searched, for: 1h},"
        " {did: searched, within: 2h}]}}\n"
        "- {name: gone, trigger: {}, when: {not: {did: searched, within: 2h}}}\n"
        "- {name: quiet, use: inactivity, with: {after: [90m, 3h]}}",
        "10:00 searched c1 a; 20:00 end",
        """
        11:00 fired between c1 emitted=20:00
        11:30 fired quiet c1 rung=90m anchor=10:00 emitted=20:00
        12:00 fired gone c1 emitted=20:00
        13:00 fired quiet c1 rung=3h anchor=10:00 emitted=20:00
        """,
    )


def test_more_ticks_change_when_it_is_told_and_nothing_else() -> None:
    drawn = "10:00 cart_item_added c1 p1; {} 14:00 page_viewed c1"
    ticks = "".join(
        f"1{hour}:{minute} page_viewed c2; " for hour in range(4) for minute in (15, 45)
    )
    few = play(CART, drawn.format(""))
    many = play(CART, drawn.format(ticks))
    assert few.told() == [AT_11 + " emitted=14:00"]
    assert many.told() == [AT_11 + " emitted=11:15"]
    assert few.triggers[0] | {"emitted_at": ""} == many.triggers[0] | {"emitted_at": ""}


def test_the_end_before_the_last_event_is_the_last_event() -> None:
    expect(
        CART,
        "10:00 cart_item_added c1 p1; 10:45 page_viewed c2; 10:30 end",
        "",
    )
    expect(
        CART,
        "10:00 cart_item_added c1 p1; 11:15 page_viewed c2; 10:30 end",
        AT_11 + " emitted=11:15",
    )


def test_advancing_comes_before_applying() -> None:
    # c2's timer of 11:00 is told before what c1's event of 11:00 brings about.
    expect(
        CART + "\n- {name: finder, when: {did: searched}, trigger: {}}",
        "10:00 cart_item_added c2 p1; 11:00 searched c1 a",
        "11:00 fired cart_left c2 rung=1h anchor=10:00; 11:00 fired finder c1",
    )


def test_one_advance_is_in_the_order_of_instants_then_contacts_then_segments() -> None:
    expect(
        "- {name: z, when: {idle: searched, for: 1h}, trigger: {}}\n"
        "- {name: a, when: {idle: searched, for: 1h}, trigger: {}}",
        "10:00 searched c2 a; 10:00 searched c1 a; 09:59 searched c9 a; 12:00 end",
        """
        10:59 fired z c9 emitted=12:00
        10:59 fired a c9 emitted=12:00
        11:00 fired z c1 emitted=12:00
        11:00 fired a c1 emitted=12:00
        11:00 fired z c2 emitted=12:00
        11:00 fired a c2 emitted=12:00
        """,
    )


def test_contacts_are_in_the_order_of_code_points() -> None:
    expect(
        "- {name: s, when: {idle: searched, for: 1h}, trigger: {}}",
        "10:00 searched b a; 10:00 searched Z a; 10:00 searched é a; 10:00 searched c10 a; "
        "10:00 searched c9 a; 11:00 end",
        """
        11:00 fired s Z
        11:00 fired s b
        11:00 fired s c10
        11:00 fired s c9
        11:00 fired s é
        """,
    )


def test_the_keys_of_an_instant_are_in_order() -> None:
    expect(
        "- {name: back, use: back_in_stock, with: {hold: 1h}}",
        """
        09:00 stock_changed p2 0
        09:00 stock_changed p1 0
        09:10 product_viewed c1 p2
        09:10 product_viewed c1 p1
        10:00 stock_changed p2 5
        10:00 stock_changed p1 5
        11:00 end
        """,
        "11:00 fired back c1 key=p1 anchor=10:00; 11:00 fired back c1 key=p2 anchor=10:00",
    )


def test_one_restock_tells_in_the_order_of_contacts_then_segments() -> None:
    expect(
        "- {name: second, use: back_in_stock}\n- {name: first, use: back_in_stock}",
        """
        10:00 stock_changed p1 0
        10:10 product_viewed c2 p1
        10:20 product_viewed c1 p1
        11:00 stock_changed p1 5
        """,
        """
        11:00 fired second c1 key=p1
        11:00 fired first c1 key=p1
        11:00 fired second c2 key=p1
        11:00 fired first c2 key=p1
        """,
    )


def test_one_restock_tells_first_whose_instant_is_first() -> None:
    # c1 has been at 13:00, so there the restock of 12:00 counts; c2 only at 10:20.
    expect(
        "- {name: back, use: back_in_stock}",
        """
        10:00 stock_changed p1 0
        10:10 product_viewed c1 p1
        10:20 product_viewed c2 p1
        13:00 page_viewed c1
        12:00 stock_changed p1 5
        """,
        """
        12:00 fired back c2 key=p1 emitted=13:00
        13:00 fired back c1 key=p1 anchor=12:00
        """,
    )


def test_one_event_tells_segments_as_in_the_file() -> None:
    expect(
        "\n".join(f"- {{name: {name}, when: {{did: searched}}, trigger: {{}}}}" for name in "zam"),
        "10:00 searched c1 a",
        "10:00 fired z c1; 10:00 fired a c1; 10:00 fired m c1",
    )


def test_rules_that_no_event_touches_cost_and_tell_nothing() -> None:
    expect(
        "- {name: back, use: back_in_stock}\n" + CART + "\n- {name: quiet, use: inactivity}",
        "10:00 contact_updated c1 country=PL; 10:05 stock_changed p1 0; 300d+10:00 end",
        "",
    )


def test_what_is_due_by_now_already_is_told_whatever_comes_next() -> None:
    # c1's cart of 10:00 comes when now is 15:00: 11:00 is past, so it is told, and the order of
    # 10:30 is late. A tick in between, as a worker makes one, must not change which.
    drawn = "15:00 page_viewed c2; 10:00 cart_item_added c1 p1; {}10:30 order_placed c1 o1"
    told = f"{AT_11} emitted=15:00; 11:00 cancelled cart_left c1 rung=1h anchor=10:00 emitted={{}}"
    expect(CART, drawn.format("15:01 page_viewed c2; "), told.format("15:01"))
    expect(CART, drawn.format(""), told.format("15:00"))


def test_what_a_late_event_makes_due_is_told_with_it() -> None:
    drawn = "15:00 page_viewed c2 #e1; 10:00 cart_item_added c1 p1; {}16:00 page_viewed c2 #e2"
    told = f"{AT_11} emitted=15:00"
    expect(CART, drawn.format(""), told)
    expect(CART, drawn.format("15:00 page_viewed c2 #e1; "), told)  # a duplicate is no event


def test_what_a_late_view_makes_due_is_told_with_it_in_the_order_of_instants() -> None:
    # The view brings c1 in at 12:00, the restock; time has c1 quiet since 11:30.
    expect(
        "- {name: quiet, use: inactivity, with: {after: 30m}}\n- {name: back, use: back_in_stock}",
        "10:00 stock_changed p1 0; 12:00 stock_changed p1 5; 11:00 product_viewed c1 p1",
        "11:30 fired quiet c1 rung=30m anchor=11:00 emitted=12:00; 12:00 fired back c1 key=p1",
    )


def test_a_negation_of_a_cart_turns_true_when_it_closes_by_age() -> None:
    expect(
        "- {name: s, when: {all: [{did: cart_item_added}, {not: {cart: {items: {gte: 1}}}}]},"
        " trigger: {}}",
        "10:00 cart_item_added c1 p1; 10d+10:00 end",
        "10d+10:00 fired s c1",
    )


def test_a_cart_that_closed_by_age_is_closed_for_every_key() -> None:
    expect(
        """
        - name: s
          per: product
          when: {all: [{did: product_viewed}, {not: {cart: {items: {gte: 1}}}}]}
          trigger: {}
        """,
        """
        10:00 cart_item_added c1 p1
        10:05 product_viewed c1 p3
        10:05 product_viewed c1 p2
        10d+10:00 end
        """,
        "10d+10:00 fired s c1 key=p2; 10d+10:00 fired s c1 key=p3",
    )


def test_a_change_of_a_key_that_no_rule_asks_about_is_a_decided_instant_too() -> None:
    # No rule asks for the price, so its change comes to nobody; p1 is a key of c1 and not of c2.
    expect(
        "- {name: back, per: product, when: {all: [{did: product_viewed}, {product: {stock:"
        " {gt: 0}}}]}, trigger: {}}\n"
        "- {name: s, when: {did: searched}, trigger: {}}",
        "10:00 product_viewed c1 p1; 12:00 price_changed p1 9; 11:00 searched c1 a;"
        " 11:00 searched c2 a",
        "12:00 fired s c1; 11:00 fired s c2 emitted=12:00",
    )


@pytest.mark.parametrize("priced", ["09:00 price_changed p1 9; ", ""])
def test_a_currency_is_a_change_of_the_product_whether_or_not_a_rule_compares_prices(
    priced: str,
) -> None:
    seen = "- {name: seen, per: product, when: {did: product_viewed, within: 1h}, trigger: {}}\n"
    drop = "- {name: drop, use: price_drop, with: {by: [wishlist]}}\n"
    drawn = (
        f"{priced}10:00 product_viewed c1 p1; 12:00 product_updated p1 currency=EUR;"
        " 10:30 product_viewed c1 p1"
    )
    for rules in (seen, seen + drop):  # the view of 10:30 is decided at 12:00, when it is too old
        expect(rules, drawn, "10:00 fired seen c1 key=p1")
