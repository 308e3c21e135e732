"""`in_segment`: a segment asks whether the contact is in another."""

import pytest

from .drawing import expect, play, rfc

CART = "- {name: cart_left, use: abandoned_cart}"


def test_who_enters_by_time_enters_who_asks_about_it_at_the_same_instant() -> None:
    expect(
        CART + "\n- {name: polish, when: {all: [{in_segment: cart_left}, {attribute: country, eq:"
        " PL}]}, trigger: {}}",
        "10:00 contact_updated c1 country=PL; 10:00 cart_item_added c1 p1; 11:00 end",
        "11:00 fired cart_left c1 rung=1h anchor=10:00; 11:00 fired polish c1",
    )


def test_the_asking_segment_is_left_with_the_other() -> None:
    played = play(
        CART + "\n- {name: asks, when: {in_segment: cart_left}, membership: true}",
        "10:00 cart_item_added c1 p1; 12:00 order_placed c1 o1; 13:00 end",
    )
    told = [(one["type"], one["segment"], one.get("exited_at")) for one in played.membership]
    assert told == [
        ("segment.entered", "asks", None),
        ("segment.exited", "asks", rfc("12:00")),
    ]


def test_a_change_of_the_product_at_the_instant_of_entering_hides_nothing() -> None:
    # c1 is in cart_left from 11:00 on, and so in asks for p1, whose restock of 11:00 is not why.
    expect(
        CART + "\n- {name: asks, per: product, when: {any: [{all: [{interest: {by: [viewed],"
        " within: 1h}}, {product: {stock: {gt: 5}}}]}, {in_segment: cart_left}]}, trigger: {}}",
        "09:00 stock_changed p1 0; 10:00 cart_item_added c1 p1; 10:00 product_viewed c1 p1;"
        " 11:00 stock_changed p1 5; 13:00 end",
        "11:00 fired cart_left c1 rung=1h anchor=10:00 emitted=13:00;"
        " 11:00 fired asks c1 key=p1 emitted=13:00",
        lateness="1h",
    )


def test_a_key_that_is_forgotten_leaves_the_segment_and_so_does_who_asks() -> None:
    # At 11:00 c1 has searched bags an hour ago, and is in both; the search for hats takes the
    # place of bags, so nobody is in quiet until 12:00.
    expect(
        "- {name: quiet, per: query, max_keys: 1, when: {idle: searched, for: 1h}, trigger: {}}\n"
        "- {name: asks, when: {in_segment: quiet}, trigger: {}}",
        "10:00 searched c1 bags; 11:00 searched c1 hats; 12:00 end",
        "11:00 fired quiet c1 key=bags; 11:00 fired asks c1;"
        " 12:00 fired quiet c1 key=hats; 12:00 fired asks c1",
    )


def test_who_asks_about_a_key_that_a_late_event_has_forgotten_is_asked_at_its_products_change() -> (
    None
):
    # c1 is no longer in wanted for p1, whose stock was told at 13:00, since p2 took its place.
    expect(
        "- {name: wanted, per: product, max_keys: 1, when: {interest: {by: [viewed, cart],"
        " within: 1d}}}\n- {name: asks, per: product, trigger: {}, when: {all: [{did:"
        " product_viewed}, {not: {in_segment: wanted}}]}}",
        "10:00 product_viewed c1 p1; 13:00 stock_changed p1 5; 12:00 cart_item_added c1 p2",
        "13:00 fired asks c1 key=p1",
        lateness="1h",
    )


def test_who_asks_about_a_segment_that_time_ends_soon_is_told_as_it_is() -> None:
    # Time alone ends both at 12:00: what is told at 13:00 was so.
    expect(
        "- {name: pause, when: {all: [{did: searched, within: 2h}, {idle: searched, for: 1h}]},"
        " trigger: {}}\n- {name: asks, when: {in_segment: pause}, trigger: {}}",
        "10:00 searched c1 bags; 13:00 end",
        "11:00 fired pause c1 emitted=13:00; 11:00 fired asks c1 emitted=13:00",
        lateness="2h",
    )


ASKS = (
    "- {name: back, use: back_in_stock}\n- {name: asks, trigger: {}, when: {any:"
    " [{idle: product_viewed, for: %s}, {in_segment: back}]}}"
)


@pytest.mark.parametrize(("wait", "since"), [("1h", "11:00"), ("50m", "10:50")])
def test_who_is_in_by_time_as_a_restock_would_bring_him_in_waits_for_lateness(
    wait: str, since: str
) -> None:
    expect(
        ASKS % wait,
        "09:00 stock_changed p1 0; 10:00 product_viewed c1 p1; 11:00 stock_changed p1 5; 12:00 end",
        f"11:00 fired back c1 key=p1; {since} fired asks c1 emitted=12:00",
        lateness="1h",
    )


def test_a_product_s_change_finds_who_is_in_another_segment_by_time() -> None:
    # quiet holds from 10:50 on; that the restock of 11:00 finds it so does not hang on lateness.
    expect(
        "- {name: quiet, when: {idle: searched, for: 50m}, trigger: {}}\n"
        "- {name: asks, per: product, trigger: {}, when: {all: [{did: product_viewed},"
        " {product: {stock: {gt: 0}}}, {in_segment: quiet}]}}",
        "10:00 stock_changed p1 0; 10:00 searched c1 bags; 10:00 product_viewed c1 p1;"
        " 11:00 stock_changed p1 5; 12:00 end",
        "11:00 fired asks c1 key=p1; 10:50 fired quiet c1 emitted=12:00",
        lateness="1h",
    )


def test_a_late_view_of_a_product_that_is_back_brings_in_who_asks() -> None:
    expect(
        "- {name: asks, when: {in_segment: back}, trigger: {}}\n- {name: back, use: back_in_stock}",
        "09:00 stock_changed p1 0; 11:00 stock_changed p1 5; 10:00 product_viewed c1 p1",
        "11:00 fired asks c1; 11:00 fired back c1 key=p1",
    )


@pytest.mark.parametrize(("wait", "since"), [("1h", "11:00"), ("50m", "10:50")])
def test_who_is_in_by_time_as_a_late_view_would_bring_him_in_waits_for_lateness(
    wait: str, since: str
) -> None:
    expect(
        ASKS % wait,
        "09:00 stock_changed p1 0; 11:00 stock_changed p1 5; 10:00 product_viewed c1 p1; 12:00 end",
        f"11:00 fired back c1 key=p1; {since} fired asks c1 emitted=12:00",
        lateness="1h",
    )


ASKS_OF_STOCK = (
    "- {name: quiet, use: inactivity, with: {after: 1h, of: [searched]}}\n"
    "- {name: asks, per: product, trigger: {}, when: {any: [{interest: {by: [wishlist], within:"
    " 10m, while: out_of_stock}}, {in_segment: quiet}]}}"
)


def test_a_late_event_is_decided_at_the_last_change_of_a_product() -> None:
    # p1 changed at 13:00: from the search of 10:15 on c1 is known to be quiet then.
    expect(
        ASKS_OF_STOCK,
        "10:00 wishlist_added c1 p1; 10:30 page_viewed c1; 12:00 stock_changed p1 0;"
        " 13:00 stock_changed p1 5; 10:15 searched c1 bags",
        "13:00 fired quiet c1 rung=1h anchor=10:15; 13:00 fired asks c1 key=p1",
        lateness="1h",
    )


def test_who_asks_about_what_a_late_event_brings_is_asked_after_it() -> None:
    # Both are asked of p1 at 13:00: c1 is in wanted then, and so not in asks.
    expect(
        "- {name: wanted, per: product, when: {interest: {by: [cart], within: 1d}}}\n"
        "- {name: asks, per: product, trigger: {}, when: {all: [{interest: {by: [cart], within:"
        " 1d}}, {not: {in_segment: wanted}}]}}",
        "13:00 stock_changed p1 5; 12:00 cart_item_added c1 p1; 14:00 end",
        "",
    )


def test_a_change_comes_as_an_event_does_even_if_no_segment_can_tell() -> None:
    # c1 was quiet from 11:05 on as the first quantity of p1 came, until the search of 10:15.
    expect(
        ASKS_OF_STOCK,
        "10:00 wishlist_added c1 p1; 10:05 searched c1 bags; 11:05 stock_changed p1 5;"
        " 10:15 searched c1 hats; 13:00 end",
        "11:15 fired quiet c1 rung=1h anchor=10:15 emitted=13:00;"
        " 11:15 fired asks c1 key=p1 emitted=13:00;"
        " 11:05 suppressed quiet c1 rung=1h anchor=10:05 emitted=13:00 reason=left;"
        " 11:05 suppressed asks c1 key=p1 emitted=13:00 reason=left",
        lateness="1h",
    )


def test_time_comes_first_until_the_instant_from_which_a_late_quantity_of_a_location_counts() -> (
    None
):
    # That of B, of 09:30, makes the stock 5 since 10:30, the latest time told of it: c1 is quiet by
    # then, and so in asks for p1 since 10:30, not since 10:00.
    expect(
        "- {name: quiet, when: {idle: searched, for: 50m}, trigger: {}}\n"
        "- {name: asks, per: product, trigger: {}, when: {all: [{did: product_viewed},"
        " {product: {stock: {gt: 0}}}, {in_segment: quiet}]}}",
        "09:00 stock_changed p1 0 location=A; 09:05 product_viewed c1 p1; 09:10 searched c1 bags;"
        " 10:30 stock_changed p1 0 location=A; 09:30 stock_changed p1 5 location=B; 12:00 end",
        "10:30 fired asks c1 key=p1; 10:00 fired quiet c1 emitted=12:00",
        lateness="1h",
    )


SOLD_OUT_OR_QUIET = (
    "- {name: quiet, use: inactivity, with: {after: 1h, of: [searched]}}\n"
    "- {name: asks, per: product, trigger: {}, when: {any: [{all: [{did: wishlist_added}, {product:"
    " {stock: {lte: 0}}}]}, {in_segment: quiet}]}}"
)


@pytest.mark.parametrize("change", ["11:00", "11:30"])
def test_who_is_in_by_time_before_a_change_is_not_taken_out_and_brought_in_again(
    change: str,
) -> None:
    # c1 is quiet since 11:00, though that is told later: p1 back in stock ends nothing.
    expect(
        SOLD_OUT_OR_QUIET,
        "09:00 stock_changed p1 0; 10:00 searched c1 bags; 10:05 wishlist_added c1 p1;"
        f" {change} stock_changed p1 5; 13:00 end",
        "10:05 fired asks c1 key=p1; 11:00 fired quiet c1 rung=1h anchor=10:00 emitted=13:00",
        lateness="1h",
    )


def test_a_late_event_takes_nobody_out_whom_time_keeps_in_before_a_later_change() -> None:
    # The late wish makes no difference.
    expect(
        SOLD_OUT_OR_QUIET,
        "09:00 stock_changed p1 0; 10:00 searched c1 bags; 10:05 wishlist_added c1 p1;"
        " 11:30 stock_changed p1 5; 10:10 wishlist_added c1 p1; 13:00 end",
        "10:05 fired asks c1 key=p1; 11:00 fired quiet c1 rung=1h anchor=10:00 emitted=13:00",
        lateness="1h",
    )
