"""Section 3, `product`: the facts of a product compare so; a fact never told is missing."""

import pytest

from .drawing import expect


def segment(product: str) -> str:
    """In while the contact viewed the product within a day and its facts compare so."""
    return f"""
    - name: s
      per: product
      when: {{all: [{{interest: {{by: [viewed], within: 1d}}}}, {{product: {product}}}]}}
      trigger: {{}}
    """


LOW = segment("{stock: {lte: 3}}")
VIEW_AT_10 = "10:00 product_viewed c1 p1; "
VIEW_AT_100 = "10:00 product_viewed c1 p1@100; "
AT_11 = "11:00 fired s c1 key=p1"
DROP = segment("{price_drop: {gte: 10%}}")
DROP_FROM_LAST = segment("{price_drop: {gte: 10%, from: last}}")


def test_a_change_of_stock_enters_who_is_interested() -> None:
    expect(
        LOW,
        "09:00 stock_changed p1 5; " + VIEW_AT_10 + "10:30 product_viewed c2 p2; "
        "11:00 stock_changed p1 3",
        AT_11,
    )


def test_a_view_of_a_product_that_is_so_already_enters() -> None:
    expect(LOW, "09:00 stock_changed p1 3; " + VIEW_AT_10, "10:00 fired s c1 key=p1")


def test_a_change_may_take_out_and_bring_back() -> None:
    expect(
        LOW,
        VIEW_AT_10 + "11:00 stock_changed p1 3; 12:00 stock_changed p1 4; 13:00 stock_changed p1 0",
        AT_11 + "; 13:00 fired s c1 key=p1",
    )


@pytest.mark.parametrize(
    ("product", "holds"),
    [
        ("{stock: {lte: 3}}", False),
        ("{stock: {exists: false}}", True),
        ("{stock: {ne: 3}}", True),
        ("{stock: {not_in: [3]}}", True),
        ("{price: {gt: 0}}", False),
        ("{price: {exists: false}}", True),
        ("{category: bags}", False),
        ("{category: {ne: bags}}", True),
        ("{brand: {exists: false}}", True),
        ("{price_drop: {gte: 10%}}", False),
    ],
)
def test_a_fact_never_told_is_missing(product: str, holds: bool) -> None:
    expect(segment(product), VIEW_AT_10, "10:00 fired s c1 key=p1" if holds else "")


FACTS = [
    ("{price: {lt: 50}}", "price_changed p1 49.99"),
    ("{price: {lt: 50}}", "product_updated p1 price=49.99"),
    ("{category: bags}", "product_updated p1 category=bags"),
    ("{category: {in: [bags, hats]}}", "product_updated p1 category=hats"),
    ("{brand: Acme}", "product_updated p1 brand=Acme"),
    ("{stock: {lte: 3}, price: {lt: 50}}", "product_updated p1 price=10 quantity=2"),
]


@pytest.mark.parametrize(("product", "update"), FACTS)
def test_facts_that_compare_so_at_the_view_enter(product: str, update: str) -> None:
    expect(segment(product), f"09:00 {update}; " + VIEW_AT_10, "10:00 fired s c1 key=p1")


@pytest.mark.parametrize(
    ("product", "update"), [fact for fact in FACTS if "price" in fact[0] or "stock" in fact[0]]
)
def test_facts_that_come_to_compare_so_enter(product: str, update: str) -> None:
    expect(segment(product), VIEW_AT_10 + f"11:00 {update}", AT_11)


def test_an_update_leaves_the_facts_it_does_not_tell() -> None:
    expect(
        segment("{stock: {lte: 3}, category: bags, brand: Acme}"),
        """
        08:00 product_updated p1 category=bags brand=Acme
        09:00 product_updated p1 brand=null name=Bag
        10:00 product_viewed c1 p1
        11:00 stock_changed p1 1
        """,
        AT_11,
    )


def test_all_the_given_facts_must_compare() -> None:
    expect(
        segment("{stock: {lte: 3}, price: {lt: 50}}"),
        VIEW_AT_10
        + "10:20 stock_changed p1 2; 10:40 price_changed p1 50; 11:00 price_changed p1 49",
        AT_11,
    )


@pytest.mark.parametrize(
    ("price", "expected"),
    [("90", AT_11), ("90.01", ""), ("89.99", AT_11), ("100", ""), ("110", "")],
)
def test_a_price_drop_is_measured_against_the_price_seen(price: str, expected: str) -> None:
    expect(DROP, VIEW_AT_100 + f"11:00 price_changed p1 {price}", expected)


def test_a_price_drop_is_an_exact_percentage() -> None:
    # 10 % of 0.3 is 0.03; in binary fractions 1 - 0.27 / 0.3 is less than 0.1.
    expect(DROP, "10:00 product_viewed c1 p1@0.3; 11:00 price_changed p1 0.27", AT_11)


def test_the_last_view_is_what_was_seen() -> None:
    expect(
        DROP,
        VIEW_AT_100 + "10:30 product_viewed c1 p1@90; 11:00 price_changed p1 85; "
        "12:00 price_changed p1 81",
        "12:00 fired s c1 key=p1",
    )


def test_a_view_without_price_saw_the_price_of_the_catalog() -> None:
    expect(DROP, "09:00 price_changed p1 100; " + VIEW_AT_10 + "11:00 price_changed p1 90", AT_11)


def test_the_price_of_the_view_goes_before_that_of_the_catalog() -> None:
    expect(
        DROP,
        "09:00 price_changed p1 100; 10:00 product_viewed c1 p1@95; 11:00 price_changed p1 90",
        "",
    )


def test_a_price_that_was_lower_than_seen_at_the_view_is_a_drop_at_once() -> None:
    expect(DROP, "09:00 price_changed p1 90; " + VIEW_AT_100, "10:00 fired s c1 key=p1")


def test_a_drop_may_add_up_since_it_was_seen_but_not_from_the_last_price() -> None:
    drawn = VIEW_AT_100 + "10:20 price_changed p1 100; 10:40 price_changed p1 95; "
    expect(DROP, drawn + "11:00 price_changed p1 90", AT_11)
    expect(DROP_FROM_LAST, drawn + "11:00 price_changed p1 90", "")
    expect(DROP_FROM_LAST, drawn + "11:00 price_changed p1 85.5", AT_11)


def test_a_first_price_is_no_drop() -> None:
    expect(DROP, VIEW_AT_10 + "11:00 price_changed p1 90", "")
    expect(DROP_FROM_LAST, VIEW_AT_10 + "11:00 price_changed p1 90", "")


def test_a_change_of_stock_keeps_the_price_before_this_one() -> None:
    expect(
        DROP_FROM_LAST,
        "08:00 price_changed p1 100; 09:00 price_changed p1 90; 09:30 stock_changed p1 1; "
        + VIEW_AT_10,
        "10:00 fired s c1 key=p1",
    )


def test_the_same_price_again_is_no_other_price() -> None:
    expect(
        DROP_FROM_LAST,
        "08:00 price_changed p1 100; 09:00 price_changed p1 90; 09:30 price_changed p1 90; "
        + VIEW_AT_10,
        "10:00 fired s c1 key=p1",
    )
