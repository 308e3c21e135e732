"""Section 3, `cart`: all the given parts hold of the open cart."""

import pytest

from .drawing import expect


def segment(condition: str) -> str:
    return f"- {{name: s, when: {{cart: {condition}}}, trigger: {{}}}}"


TWO_ITEMS = segment("{items: {gte: 2}}")
HUNDRED = segment("{total: {gte: 100}}")
IDLE = segment("{idle: 1h}")


def test_without_a_cart_no_part_holds() -> None:
    expect(segment("{items: {lte: 5}}"), "10:00 page_viewed c1; 10:05 cart_item_removed c1 p1", "")
    expect(segment("{total: {lt: 5}}"), "10:00 page_viewed c1; 10:05 cart_updated c1 items=[]", "")


def test_items_counts_different_products() -> None:
    expect(
        TWO_ITEMS,
        """
        10:00 cart_item_added c1 p1*5
        10:05 cart_item_added c1 p1
        10:10 cart_item_added c1 p2
        """,
        "10:10 fired s c1",
    )


def test_items_of_a_snapshot_counts_different_products() -> None:
    expect(TWO_ITEMS, "10:00 cart_updated c1 p1*5; 10:05 cart_updated c1 p1,p2", "10:05 fired s c1")


def test_a_removed_product_no_longer_counts() -> None:
    expect(
        TWO_ITEMS,
        """
        10:00 cart_item_added c1 p1
        10:05 cart_item_removed c1 p1
        10:10 cart_item_added c1 p2
        10:15 cart_item_added c1 p1
        """,
        "10:15 fired s c1",
    )


def test_a_partial_removal_leaves_the_product() -> None:
    expect(
        TWO_ITEMS,
        """
        10:00 cart_item_added c1 p1*3
        10:05 cart_item_removed c1 p1*2
        10:10 cart_item_added c1 p2
        """,
        "10:10 fired s c1",
    )


def test_total_is_price_times_quantity_over_the_items() -> None:
    expect(
        HUNDRED,
        "10:00 cart_item_added c1 p1*3@33; 10:05 cart_item_added c1 p2@1",
        "10:05 fired s c1",
    )


def test_an_item_without_price_counts_nothing_in_the_total() -> None:
    expect(
        segment("{total: {eq: 100}}"),
        "10:00 cart_item_added c1 p1*9; 10:05 cart_item_added c1 p2@100",
        "10:05 fired s c1",
    )


def test_the_total_is_an_exact_decimal() -> None:
    expect(
        segment("{total: {eq: 0.3}}"),
        "10:00 cart_item_added c1 p1@0.1; 10:05 cart_item_added c1 p2@0.2",
        "10:05 fired s c1",
    )
    expect(segment("{total: {eq: 0.3}}"), "10:00 cart_item_added c1 p1*3@0.1", "10:00 fired s c1")
    expect(segment("{total: {gt: 0.3}}"), "10:00 cart_item_added c1 p1*3@0.1", "")


def test_a_change_of_price_alone_changes_the_total() -> None:
    expect(HUNDRED, "10:00 cart_updated c1 p1@99; 10:05 cart_updated c1 p1@100", "10:05 fired s c1")


def test_contains_asks_for_one_item_that_satisfies_all_of_it() -> None:
    expect(
        segment("{contains: {category: bags, price: {gte: 100}}}"),
        """
        10:00 cart_item_added c1 p1@50 category="bags"
        10:05 cart_item_added c1 p2@150 category="shoes"
        10:10 cart_item_added c1 p3@150 category="bags"
        """,
        "10:10 fired s c1",
    )


def test_contains_sees_product_and_quantity_too() -> None:
    expect(
        segment("{contains: {product: p1, quantity: {gte: 3}}}"),
        """
        10:00 cart_item_added c1 p2*5
        10:05 cart_item_added c1 p1*2
        10:10 cart_item_added c1 p1
        """,
        "10:10 fired s c1",
    )


def test_contains_of_a_missing_field_holds_for_what_a_missing_value_passes() -> None:
    drawn = "10:00 cart_item_added c1 p1"
    expect(segment("{contains: {category: {eq: bags}}}"), drawn, "")
    expect(segment("{contains: {category: {ne: bags}}}"), drawn, "10:00 fired s c1")
    expect(segment("{contains: {category: {exists: false}}}"), drawn, "10:00 fired s c1")


def test_idle_is_true_exactly_w_after_the_last_change() -> None:
    expect(IDLE, "10:00 cart_item_added c1 p1; 10:59:59.999 end", "")
    expect(IDLE, "10:00 cart_item_added c1 p1; 11:00 end", "11:00 fired s c1")


def test_a_change_ends_the_idleness_and_it_comes_again() -> None:
    expect(
        IDLE,
        "10:00 cart_item_added c1 p1; 11:30 cart_item_added c1 p2; 13:00 end",
        "11:00 fired s c1 emitted=11:30; 12:30 fired s c1 emitted=13:00",
    )


@pytest.mark.parametrize(
    "nothing",
    [
        "cart_updated c1 p1*2@11",
        "cart_updated c1 p1*2@10",
        "cart_item_removed c1 p9",
        "checkout_started c1 k1",
        "page_viewed c1",
        "order_placed c1 o1 items=p9",
    ],
)
def test_what_leaves_the_contents_leaves_the_idleness(nothing: str) -> None:
    expect(
        IDLE,
        f"10:00 cart_updated c1 p1*2@10; 10:30 {nothing}; 11:00 end",
        "11:00 fired s c1",
    )


def test_all_the_given_parts_must_hold() -> None:
    # The total holds from 10:30 on, the idleness from 11:30 on.
    expect(
        segment("{items: {gte: 2}, total: {gte: 100}, contains: {product: p1}, idle: 1h}"),
        "10:00 cart_item_added c1 p1@50; 10:30 cart_item_added c1 p2@50; 12:00 end",
        "11:30 fired s c1 emitted=12:00",
    )


def test_an_order_ends_what_held_of_the_cart() -> None:
    expect(
        segment("{items: {gte: 1}}"),
        """
        10:00 cart_item_added c1 p1
        10:05 order_placed c1 o1 items=p1
        10:10 cart_item_added c1 p1
        """,
        "10:00 fired s c1; 10:10 fired s c1",
    )


def test_a_product_listed_twice_in_a_snapshot_is_one_item_of_both_quantities() -> None:
    expect(
        segment("{items: {eq: 1}, contains: {product: p1, quantity: {eq: 3}}}"),
        "10:00 cart_updated c1 p1*1,p1*2",
        "10:00 fired s c1",
    )
