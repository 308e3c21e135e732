"""replenishment: the next order of a product is due."""

import pytest

from .drawing import expect, play, refuse

OWN = "- {name: due, use: replenishment}"
GIVEN = "- {name: due, use: replenishment, with: {gap: 10d, early: 2d}}"
TWO = "10:00 order_placed c1 o1 items=p1; 4d+10:00 order_placed c1 o2 items=p1; "


def test_it_is_due_the_contacts_own_gap_after_the_last_order() -> None:
    expect(OWN, TWO + "8d+09:59:59.999 end", "")
    expect(OWN, TWO + "8d+10:00 end", "8d+10:00 fired due c1 key=p1 anchor=4d+10:00")


def test_one_order_tells_no_gap() -> None:
    expect(OWN, "10:00 order_placed c1 o1 items=p1; 300d+10:00 end", "")


def test_the_gap_is_the_average_of_all_gaps() -> None:
    # Gaps of 4 and 2 days: due 3 days after the last.
    expect(
        OWN,
        TWO + "6d+10:00 order_placed c1 o3 items=p1; 9d+10:00 end",
        "9d+10:00 fired due c1 key=p1 anchor=6d+10:00",
    )


def test_a_part_of_a_millisecond_is_cut() -> None:
    # The gaps of 2 days and of a millisecond less are on average half a millisecond less.
    orders = """
        10:00 order_placed c1 o1 items=p1
        2d+10:00 order_placed c1 o2 items=p1
        4d+09:59:59.999 order_placed c1 o3 items=p1
        """
    fired = "6d+09:59:59.998 fired due c1 key=p1 anchor=4d+09:59:59.999"
    expect(OWN, orders + "6d+09:59:59.998 end", fired)
    expect(OWN, orders + "6d+09:59:59.997 end", "")


def test_only_the_last_eight_orders_tell_the_gap() -> None:
    # A first gap of 100 days is forgotten with the ninth order.
    days = [-100, *range(8)]
    orders = [f"{day}d+10:00 order_placed c1 o{day} items=p1" for day in days]
    expect(
        OWN, "; ".join([*orders, "8d+10:00 end"]), "8d+10:00 fired due c1 key=p1 anchor=7d+10:00"
    )


@pytest.mark.parametrize(("second", "fires"), [("1d+09:59:59.999", False), ("1d+10:00", True)])
def test_an_own_gap_shorter_than_a_day_is_none(second: str, fires: bool) -> None:
    drawn = f"10:00 order_placed c1 o1 items=p1; {second} order_placed c1 o2 items=p1; 2d+10:00 end"
    expect(OWN, drawn, "2d+10:00 fired due c1 key=p1 anchor=1d+10:00" if fires else "")


def test_a_given_gap_is_good_from_the_first_order_on_and_early_is_before_it() -> None:
    drawn = "10:00 order_placed c1 o1 items=p1,p2; {} end"
    expect(GIVEN, drawn.format("8d+09:59:59.999"), "")
    expect(
        GIVEN,
        drawn.format("8d+10:00"),
        "8d+10:00 fired due c1 key=p1 anchor=10:00; 8d+10:00 fired due c1 key=p2 anchor=10:00",
    )


def test_an_own_gap_not_longer_than_early_is_none() -> None:
    rule = "- {name: due, use: replenishment, with: {early: 4d}}"
    expect(rule, TWO + "100d+10:00 end", "")
    longer = "10:00 order_placed c1 o1 items=p1; 4d+10:00:00.001 order_placed c1 o2 items=p1; "
    expect(
        rule,
        longer + "4d+10:00:00.002 end",
        "4d+10:00:00.002 fired due c1 key=p1 anchor=4d+10:00:00.001",
    )


def test_the_next_order_restarts_it_and_an_order_of_something_else_does_not() -> None:
    expect(
        GIVEN,
        """
        10:00 order_placed c1 o1 items=p1
        7d+10:00 order_placed c1 o2 items=p1
        8d+10:00 order_placed c1 o3
        15d+10:00 end
        """,
        "15d+10:00 fired due c1 key=p1 anchor=7d+10:00",
    )


def test_it_is_given_up() -> None:
    rule = """
        - name: due
          use: replenishment
          with: {gap: 10d, give_up: 5d}
          membership: true
        """
    played = play(rule, "10:00 order_placed c1 o1 items=p1; 100d+10:00 end")
    assert [one.get("exited_at") for one in played.membership] == [None, "2026-12-06T10:00:00.000Z"]


def test_a_product_that_is_sold_out_waits_for_its_stock() -> None:
    expect(
        GIVEN,
        """
        10:00 order_placed c1 o1 items=p1
        1d+10:00 stock_changed p1 0
        9d+10:00 stock_changed p1 3
        """,
        "9d+10:00 fired due c1 key=p1 anchor=10:00",
    )


def test_the_context_tells_when_it_was_ordered_and_is_due() -> None:
    fired = play(GIVEN, "09:00 price_changed p1 3; 10:00 order_placed c1 o1 items=p1; 8d+10:00 end")
    assert fired.triggers[0]["context"] == {
        "product": {"id": "p1", "stock": None, "price": 3},
        "replenishment": {"last": "2026-11-21T10:00:00.000Z", "due": "2026-12-01T10:00:00.000Z"},
    }


def test_late_orders_make_the_same_gap_and_cancel_what_was_too_early() -> None:
    # In order: 0, 4 and 6 days, due at 9 days. The one of 6 days comes late.
    expect(
        OWN,
        TWO + "8d+10:00 page_viewed c1; 6d+10:00 order_placed c1 o3 items=p1; 9d+10:00 end",
        """
        8d+10:00 fired due c1 key=p1 anchor=4d+10:00
        8d+10:00 cancelled due c1 key=p1 anchor=4d+10:00
        9d+10:00 fired due c1 key=p1 anchor=6d+10:00
        """,
    )


def test_bad_parameters_are_refused_at_their_place() -> None:
    refuse("- {name: s, use: replenishment, with: {gap: 10d, early: §10d}}", "early", "gap")
    refuse("- {name: s, use: replenishment, with: {gap: §0d}}", "0d")
    refuse("- {name: s, use: replenishment, with: {gap: §monthly}}", "monthly")
    refuse("- {name: s, use: replenishment, with: {§lest: 1d}}", "least")


def test_another_segment_that_remembers_more_orders_changes_no_gap() -> None:
    more = "\n- {name: often, per: product, when: {did: order_placed, at_least: 20}}"
    orders = [f"{day}d+10:00 order_placed c1 o{day} items=p1" for day in [-100, *range(8)]]
    expect(
        OWN + more,
        "; ".join([*orders, "8d+10:00 end"]),
        "8d+10:00 fired due c1 key=p1 anchor=7d+10:00",
    )
