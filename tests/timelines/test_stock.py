"""Section 2: the stock of a product, over locations, and product events older than the facts."""

import pytest

from .drawing import expect

BACK = "- {name: back, use: back_in_stock}"
LOW = """
- name: low
  per: product
  when: {all: [{interest: {by: [viewed], within: 1d}}, {product: {stock: {lte: 3}}}]}
  trigger: {}
"""
PRICED = """
- name: cheap
  per: product
  when: {all: [{interest: {by: [viewed], within: 1d}}, {product: {price: {lt: 100}}}]}
  trigger: {}
"""


def test_stock_is_the_sum_over_the_locations() -> None:
    # 09:00 5, 10:00 5+4=9, 11:00 0+4=4, 11:30 0+3=3.
    expect(
        LOW,
        """
        08:00 product_viewed c1 p1
        09:00 stock_changed p1 5 location=L1
        10:00 stock_changed p1 4 location=L2
        11:00 stock_changed p1 0 location=L1
        11:30 stock_changed p1 3 location=L2
        """,
        "11:30 fired low c1 key=p1",
    )


def test_a_quantity_without_location_is_the_whole_and_replaces_all_locations() -> None:
    expect(
        LOW,
        """
        08:00 product_viewed c1 p1
        09:00 stock_changed p1 5 location=L1
        09:00 stock_changed p1 4 location=L2
        10:00 stock_changed p1 3
        """,
        "10:00 fired low c1 key=p1",
    )


def test_the_next_located_quantity_drops_the_whole() -> None:
    expect(
        LOW,
        "08:00 product_viewed c1 p1; 09:00 stock_changed p1 9; 10:00 stock_changed p1 2 location=A",
        "10:00 fired low c1 key=p1",
    )


def test_what_the_whole_replaced_does_not_come_back() -> None:
    # L2's 9 is gone with the whole of 10:00, so L1 alone counts from 11:00.
    expect(
        LOW,
        """
        08:00 product_viewed c1 p1
        09:00 stock_changed p1 9 location=L2
        10:00 stock_changed p1 20
        11:00 stock_changed p1 1 location=L1
        """,
        "11:00 fired low c1 key=p1",
    )


def test_product_updated_with_a_quantity_sets_the_whole() -> None:
    expect(
        LOW,
        """
        08:00 product_viewed c1 p1
        09:00 stock_changed p1 9 location=L2
        10:00 product_updated p1 quantity=3
        """,
        "10:00 fired low c1 key=p1",
    )


def test_negative_quantities_count_in_the_sum() -> None:
    expect(
        BACK,
        """
        09:00 stock_changed p1 5 location=L1
        10:00 stock_changed p1 -5 location=L2
        10:30 product_viewed c1 p1
        11:00 stock_changed p1 -4 location=L2
        """,
        "11:00 fired back c1 key=p1",
    )


def test_an_older_product_event_is_ignored() -> None:
    expect(
        LOW,
        """
        08:00 product_viewed c1 p1
        10:00 stock_changed p1 9
        09:00 stock_changed p1 1
        """,
        "",
    )


def test_of_product_events_of_the_same_time_the_later_one_counts() -> None:
    expect(
        LOW,
        "08:00 product_viewed c1 p1; 10:00 stock_changed p1 9; 10:00 stock_changed p1 1",
        "10:00 fired low c1 key=p1",
    )


def test_a_product_event_is_older_per_location() -> None:
    # 09:30 is older than L1's 10:00 but newer than L2's 09:00, so L2 becomes 0 and the sum 2.
    expect(
        LOW,
        """
        08:00 product_viewed c1 p1
        09:00 stock_changed p1 5 location=L2
        10:00 stock_changed p1 2 location=L1
        09:30 stock_changed p1 0 location=L2
        """,
        "10:00 fired low c1 key=p1",
    )


def test_a_located_quantity_older_than_the_whole_is_ignored() -> None:
    expect(
        LOW,
        """
        08:00 product_viewed c1 p1
        10:00 stock_changed p1 9
        09:00 stock_changed p1 1 location=L1
        """,
        "",
    )


def test_an_older_price_is_ignored_and_does_not_shadow_the_stock() -> None:
    expect(
        PRICED,
        """
        08:00 product_viewed c1 p1
        10:00 price_changed p1 120
        09:00 price_changed p1 80
        09:30 stock_changed p1 5
        """,
        "",
    )


def test_facts_have_times_of_their_own() -> None:
    # The stock of 10:00 is newer, but the price was never told before 09:00.
    expect(
        PRICED,
        "08:00 product_viewed c1 p1; 10:00 stock_changed p1 5; 09:00 price_changed p1 80",
        "10:00 fired cheap c1 key=p1",
    )


def test_the_same_product_event_again_changes_nothing() -> None:
    expect(
        BACK,
        """
        10:00 stock_changed p1 0
        10:30 product_viewed c1 p1
        11:00 stock_changed p1 5 #s1
        11:00 stock_changed p1 5 #s1
        """,
        "11:00 fired back c1 key=p1",
    )


@pytest.mark.parametrize("quantity", ["0", "-1"])
def test_a_product_is_out_of_stock_at_zero_or_less(quantity: str) -> None:
    expect(
        BACK,
        f"""
        10:00 stock_changed p1 {quantity}
        10:30 product_viewed c1 p1
        11:00 stock_changed p1 1
        """,
        "11:00 fired back c1 key=p1",
    )


def test_a_late_located_quantity_counts_from_the_latest_time_known_of_that_stock() -> None:
    # L2's quantity of 10:00 comes when L1's of 11:00 is known: the product is out from 11:00, so
    # the view of 10:30 was before the episode and that of 11:30 in it.
    expect(
        BACK,
        """
        09:00 stock_changed p1 1 location=L1
        09:00 stock_changed p1 1 location=L2
        10:30 product_viewed early p1
        11:00 stock_changed p1 0 location=L1
        10:00 stock_changed p1 0 location=L2
        11:30 product_viewed late p1
        12:00 stock_changed p1 1 location=L2
        """,
        "12:00 fired back late key=p1",
    )
