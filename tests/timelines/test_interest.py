"""Section 3, `interest`: the contact showed interest in this product in (t-W, t]."""

import pytest

from .drawing import expect


def segment(interest: str) -> str:
    return f"- {{name: s, per: product, when: {{interest: {interest}}}, trigger: {{}}}}"


VIEWED = segment("{by: [viewed], within: 1h}")
VIEWED_WHILE_OUT = segment("{by: [viewed], within: 4h, while: out_of_stock}")


@pytest.mark.parametrize(
    ("by", "event"),
    [
        ("viewed", "product_viewed c1 p1"),
        ("wishlist", "wishlist_added c1 p1"),
        ("cart", "cart_item_added c1 p1"),
        ("cart", "cart_updated c1 p1"),
        ("requested", "stock_alert_requested c1 p1"),
    ],
)
def test_each_kind_of_interest(by: str, event: str) -> None:
    expect(segment(f"{{by: [{by}], within: 1h}}"), f"10:00 {event}", "10:00 fired s c1 key=p1")
    others = [kind for kind in ("viewed", "wishlist", "cart", "requested") if kind != by]
    expect(segment(f"{{by: [{', '.join(others)}], within: 1h}}"), f"10:00 {event}", "")


def test_interest_is_in_one_product() -> None:
    expect(
        VIEWED,
        "10:00 product_viewed c1 p2; 10:10 product_viewed c1 p1; 10:20 product_viewed c1 p2",
        "10:00 fired s c1 key=p2; 10:10 fired s c1 key=p1",
    )


def test_interest_ends_exactly_w_after() -> None:
    expect(
        VIEWED,
        "10:00 product_viewed c1 p1; 11:00 product_viewed c1 p1",
        "10:00 fired s c1 key=p1; 11:00 fired s c1 key=p1",
    )
    expect(
        VIEWED,
        "10:00 product_viewed c1 p1; 10:59:59.999 product_viewed c1 p1",
        "10:00 fired s c1 key=p1",
    )


def test_a_snapshot_shows_interest_in_what_is_new_in_it() -> None:
    # p1 is new at 10:00 and again at 13:00, when it had been out of the cart.
    expect(
        segment("{by: [cart], within: 1h}"),
        """
        10:00 cart_updated c1 p1
        11:30 cart_updated c1 p1,p2
        12:00 cart_updated c1 p2
        13:00 cart_updated c1 p1*3,p2
        """,
        """
        10:00 fired s c1 key=p1
        11:30 fired s c1 key=p2
        13:00 fired s c1 key=p1
        """,
    )


def test_more_of_a_product_in_a_snapshot_is_no_new_interest_but_an_addition_is() -> None:
    drawn = "10:00 cart_updated c1 p1; 11:30 {}"
    rules = segment("{by: [cart], within: 1h}")
    expect(rules, drawn.format("cart_updated c1 p1*2"), "10:00 fired s c1 key=p1")
    expect(
        rules,
        drawn.format("cart_item_added c1 p1"),
        "10:00 fired s c1 key=p1; 11:30 fired s c1 key=p1",
    )


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ("09:59:59.999", ""),
        ("10:00", "10:00 fired s c1 key=p1"),
        ("10:59:59.999", "10:59:59.999 fired s c1 key=p1"),
        ("11:00", ""),
    ],
)
def test_while_out_of_stock_counts_from_the_stock_out_to_before_the_restock(
    view: str, expected: str
) -> None:
    stock = ["10:00 stock_changed p1 0", "11:00 stock_changed p1 5"]
    drawn = sorted([*stock, f"{view} product_viewed c1 p1"], key=lambda line: line.split()[0])
    expect(VIEWED_WHILE_OUT, "; ".join(drawn), expected)


def test_a_product_of_unknown_stock_is_not_out_of_stock() -> None:
    expect(VIEWED_WHILE_OUT, "10:00 product_viewed c1 p1", "")


def test_a_late_view_of_an_ended_episode_was_while_out_of_stock() -> None:
    # Evaluated at the later of the contact's instant, 10:30, and the product's last change.
    expect(
        VIEWED_WHILE_OUT,
        "10:00 stock_changed p1 0; 11:00 stock_changed p1 5; 10:30 product_viewed c1 p1",
        "11:00 fired s c1 key=p1",
    )


def test_while_any_counts_at_any_time() -> None:
    expect(
        segment("{by: [viewed], within: 1h, while: any}"),
        "09:00 stock_changed p1 5; 10:00 product_viewed c1 p1",
        "10:00 fired s c1 key=p1",
    )


def test_a_negation_waits_for_the_end_of_the_interest() -> None:
    expect(
        "- {name: s, per: product, trigger: {},\n"
        "   when: {all: [{interest: {by: [viewed], within: 4h}},\n"
        "                {not: {interest: {by: [viewed, cart], within: 1h}}}]}}",
        "10:00 product_viewed c1 p1; 10:30 cart_item_added c1 p1; 12:00 end",
        "11:30 fired s c1 key=p1 emitted=12:00",
    )
