"""Section 3, `per`: conditions count per value of the key, and the segment holds per key."""

import pytest

from .drawing import expect

PRODUCT = "- {name: s, per: product, when: {did: product_viewed, at_least: 2}, trigger: {}}"
CATEGORY = "- {name: s, per: category, when: {did: product_viewed, at_least: 2}, trigger: {}}"
BOUGHT = "- {name: s, per: product, when: {did: order_placed, at_least: 2}, trigger: {}}"


def test_events_count_per_key() -> None:
    expect(
        PRODUCT,
        """
        10:00 product_viewed c1 p1
        10:10 product_viewed c1 p2
        10:20 product_viewed c1 p2
        10:30 product_viewed c1 p1
        """,
        "10:20 fired s c1 key=p2; 10:30 fired s c1 key=p1",
    )


def test_any_field_of_data_may_be_the_key() -> None:
    expect(
        CATEGORY,
        """
        10:00 product_viewed c1 p1 category="bags"
        10:10 product_viewed c1 p2 category="hats"
        10:20 product_viewed c1 p3 category="bags"
        """,
        "10:20 fired s c1 key=bags",
    )


def test_an_event_without_the_field_counts_for_no_key() -> None:
    expect(CATEGORY, "10:00 product_viewed c1 p1; 10:10 product_viewed c1 p1", "")


def test_only_strings_are_keys() -> None:
    rules = "- {name: s, per: topic, when: {did: read, at_least: 2}, trigger: {}}"
    expect(rules, "10:00 read c1 topic=7; 10:10 read c1 topic=7", "")
    expect(rules, "10:00 read c1 topic=true; 10:10 read c1 topic=true", "")
    expect(rules, '10:00 read c1 topic=["x"]; 10:10 read c1 topic=["x"]', "")
    expect(rules, '10:00 read c1 topic="7"; 10:10 read c1 topic="7"', "10:10 fired s c1 key=7")


def test_the_keys_of_an_event_with_items_are_those_of_its_items() -> None:
    expect(
        BOUGHT,
        "10:00 order_placed c1 o1 items=p1,p2; 11:00 order_placed c1 o2 items=p3,p2,p1*4",
        "11:00 fired s c1 key=p1; 11:00 fired s c1 key=p2",
    )


def test_an_item_twice_in_one_event_is_one_event() -> None:
    expect(BOUGHT, "10:00 order_placed c1 o1 items=p1@1,p1@2", "")


def test_the_field_of_data_goes_before_that_of_the_items() -> None:
    expect(
        "- {name: s, per: category, when: {did: order_placed}, trigger: {}}",
        '10:00 order_placed c1 o1 category="gift" items=[{"product":"p1","category":"bags"}]',
        "10:00 fired s c1 key=gift",
    )


def test_time_alone_changes_each_key_at_its_own_instant() -> None:
    expect(
        "- {name: s, per: product, when: {idle: product_viewed, for: 1h}, trigger: {}}",
        "10:00 product_viewed c1 p1; 10:30 product_viewed c1 p2; 12:00 end",
        "11:00 fired s c1 key=p1 emitted=12:00; 11:30 fired s c1 key=p2 emitted=12:00",
    )


def test_attributes_and_carts_are_of_the_contact() -> None:
    expect(
        """
        - name: s
          per: product
          when:
            all: [{did: product_viewed}, {attribute: vip, eq: true}, {cart: {items: {gte: 1}}}]
          trigger: {}
        """,
        """
        10:00 product_viewed c1 p1
        10:10 product_viewed c1 p2
        10:20 contact_updated c1 vip=true
        10:30 cart_item_added c1 p9
        """,
        "10:30 fired s c1 key=p1; 10:30 fired s c1 key=p2",
    )


def test_of_more_keys_than_max_keys_the_least_recently_touched_leaves() -> None:
    # p2 is touched least recently when p3 comes, so p1 still has its view of 10:00.
    expect(
        "- {name: s, per: product, max_keys: 2, trigger: {},"
        " when: {did: product_viewed, at_least: 3}}",
        """
        10:00 product_viewed c1 p1
        10:01 product_viewed c1 p2
        10:02 product_viewed c1 p2
        10:03 product_viewed c1 p1
        10:04 product_viewed c1 p3
        10:05 product_viewed c1 p1
        10:06 product_viewed c1 p2
        """,
        "10:05 fired s c1 key=p1",
    )


def test_sixty_four_keys_are_remembered_unless_said_otherwise() -> None:
    def views(first: int, last: int) -> str:
        return "; ".join(f"10:{n:02d} product_viewed c1 q{n}" for n in range(first, last + 1))

    again = "12:00 product_viewed c1 p0"
    expect(
        PRODUCT,
        f"09:00 product_viewed c1 p0; {views(1, 59)}; "
        + "; ".join(f"11:0{n} product_viewed c1 r{n}" for n in range(4))
        + f"; {again}",
        "12:00 fired s c1 key=p0",
    )
    expect(
        PRODUCT,
        f"09:00 product_viewed c1 p0; {views(1, 59)}; "
        + "; ".join(f"11:0{n} product_viewed c1 r{n}" for n in range(5))
        + f"; {again}",
        "",
    )


def test_a_forgotten_key_forgets_its_cooldown() -> None:
    expect(
        "- {name: s, per: product, max_keys: 1, when: {did: product_viewed},"
        " trigger: {cooldown: 1d}}",
        "10:00 product_viewed c1 p1; 10:10 product_viewed c1 p2; 10:20 product_viewed c1 p1",
        "10:00 fired s c1 key=p1; 10:10 fired s c1 key=p2; 10:20 fired s c1 key=p1",
    )


def test_the_keys_of_an_instant_come_in_order() -> None:
    expect(
        "- {name: s, per: product, when: {did: order_placed}, trigger: {}}",
        "10:00 order_placed c1 o1 items=p2,p10,p1",
        "10:00 fired s c1 key=p1; 10:00 fired s c1 key=p10; 10:00 fired s c1 key=p2",
    )


def test_a_negation_of_a_key_turns_true_by_time_alone() -> None:
    expect(
        "- {name: s, per: product, trigger: {},"
        " when: {all: [{did: product_viewed}, {not: {did: product_viewed, within: 1h}}]}}",
        "10:00 product_viewed c1 p1; 10:10 product_viewed c1 p2; 12:00 end",
        "11:00 fired s c1 key=p1 emitted=12:00; 11:10 fired s c1 key=p2 emitted=12:00",
    )


def test_a_key_touched_only_by_a_negated_condition_is_a_key() -> None:
    # The order touches p1, which was never viewed.
    expect(
        "- {name: s, per: product, trigger: {}, when: {all: [{not: {did: product_viewed}},"
        " {did: order_placed}]}}",
        "10:00 order_placed c1 o1 items=p1",
        "10:00 fired s c1 key=p1",
    )


def test_what_does_not_match_where_touches_no_key() -> None:
    # The cheap view of p2 does not match, so p1 is not driven out by it.
    expect(
        "- {name: s, per: product, max_keys: 1, trigger: {},"
        " when: {did: product_viewed, where: {price: {gte: 100}}, at_least: 2}}",
        """
        10:00 product_viewed c1 p1@100
        10:10 product_viewed c1 p2@99
        10:20 product_viewed c1 p1@100
        """,
        "10:20 fired s c1 key=p1",
    )


def test_within_one_event_the_later_place_is_the_more_recent() -> None:
    # Of the order's p1, p2, p3 only the last two stay.
    expect(
        "- {name: s, per: product, max_keys: 2, trigger: {},"
        " when: {did: order_placed, at_least: 2}}",
        "10:00 order_placed c1 o1 items=p1,p2,p3; 10:10 order_placed c1 o2 items=p2,p3",
        "10:10 fired s c1 key=p2; 10:10 fired s c1 key=p3",
    )
    expect(
        "- {name: s, per: product, max_keys: 2, trigger: {},"
        " when: {did: order_placed, at_least: 2}}",
        "10:00 order_placed c1 o1 items=p1,p2,p3; 10:10 order_placed c1 o2 items=p1",
        "",
    )


@pytest.mark.parametrize(
    ("again", "left"),
    [
        ("10:00 order_placed c1 o2 items=p1; 10:00 order_placed c1 o3 items=p2", "p2"),
        ("10:00 order_placed c1 o2 items=p2; 10:00 order_placed c1 o3 items=p1", "p1"),
        ("10:20 page_viewed c1; 10:00 order_placed c1 o2 items=p1", "p1"),
    ],
)
def test_of_one_instant_the_event_that_came_later_touches_its_keys_later(
    again: str, left: str
) -> None:
    # Whatever their places in the events. Who is left shows an hour later.
    expect(
        "- {name: s, per: product, max_keys: 2, trigger: {}, when: {idle: order_placed, for: 1h}}",
        f"10:00 order_placed c1 o1 items=p1,p2; {again}; 10:30 order_placed c1 o4 items=p3;"
        " 11:10 end",
        f"11:00 fired s c1 key={left} emitted=11:10",
    )
