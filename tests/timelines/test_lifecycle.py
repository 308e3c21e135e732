"""lifecycle: the stages of a customer's life, and what moves a contact from one to another."""

import pytest

from .by_date import play
from .drawing import refuse

MOVES = "- {name: m, use: lifecycle_moved, membership: true}"


def stages(timeline: str, value: str = "", segments: str = MOVES, **options: str) -> list[str]:
    """`T from → to` of each trigger."""
    told = play(value, segments, timeline, **options)
    return [
        f"{one['entered_at'].removesuffix('Z').removesuffix('.000').removesuffix(':00')} "
        f"{one['context']['from']} → {one['context']['to']}"
        for one in told.triggers
    ]


def test_31_one_order_and_silence() -> None:
    assert stages("2026-01-10T12:00 view; 2026-01-11T12:00 order 40; 2028-01-01 end") == [
        "2026-01-10T12:00 none → prospect",
        "2026-01-11T12:00 prospect → new",
        "2026-02-10T12:00 new → active",
        "2026-04-11T12:00 active → at_risk",
        "2027-01-11T12:00 at_risk → lost",
    ]


def test_the_figures_go_with_a_move() -> None:
    (fired,) = play("", MOVES, "2026-01-11T12:00 order 39.9").triggers
    assert fired["context"] == {
        "from": "none",
        "to": "new",
        "lifecycle": {
            "stage": "new",
            "first": "2026-01-11T12:00:00.000Z",
            "last": "2026-01-11T12:00:00.000Z",
            "orders": 1,
            "spent": 39.9,
        },
    }
    assert fired["why"] == ["lifecycle none → new at 12:00:00.000"]


def test_32_an_order_at_the_instant_of_risk_comes_after_it() -> None:
    told = play("", MOVES, "2026-01-01 order 40; 2026-04-01 order 40; 2026-04-02 end")
    assert told.lines("to")[-1:] == ["2026-04-01T00:00 fired m to=active"]
    assert told.held_back("to") == ["2026-04-01T00:00 suppressed m reason=left to=at_risk"]


def test_33_who_was_lost_returns() -> None:
    timeline = "2025-01-01 order 40; 2026-06-01 order 40; 2026-08-01 end"
    assert stages(timeline)[-2:] == [
        "2026-06-01T00:00 lost → returned",
        "2026-07-01T00:00 returned → active",
    ]


@pytest.mark.parametrize(("older", "after"), [(0, "loyal"), (1, "active")])
def test_34_a_vip_whose_older_order_leaves_the_year(older: int, after: str) -> None:
    value = "lifecycle: {at_risk: 364d, lost: 380d, loyal: 2, vip: 20000}"
    orders = ["2026-01-01 order 15000", "2026-05-01 order 6000", "2026-06-01 order 1"]
    timeline = "; ".join(orders[: len(orders) - older])
    assert stages(f"{timeline}; 2027-02-01 end", value)[-1] == f"2027-01-01T00:00 vip → {after}"


def test_sums_are_exact() -> None:
    value = "lifecycle: {vip: 0.3}"
    timeline = "2026-01-01 order 0.1; 2026-01-02 order 0.2"
    assert stages(timeline, value)[-1] == "2026-01-02T00:00 new → vip"


OWN = "lifecycle: {at_risk: {gaps: 2}}"


def test_35_a_contact_s_own_rhythm_tells_when_they_are_at_risk() -> None:
    timeline = """
    2026-01-01 order 10
    2026-01-01T09:00 order 10
    2026-01-21 order 10
    2026-02-10T00:00 order 10
    2026-12-01 end
    """
    assert stages(timeline, OWN)[-1] == "2026-03-22T00:00 loyal → at_risk"


@pytest.mark.parametrize(("gap", "at_risk"), [(1, "2026-02-02T00:00"), (100, "2027-01-16T00:00")])
def test_within_bounds(gap: int, at_risk: str) -> None:
    days = ["2026-01-01", "2026-01-02", "2026-01-03"]
    if gap == 100:
        days[1:] = ["2026-04-11", "2026-07-20"]
    timeline = "; ".join(f"{day} order 10" for day in days)
    assert stages(f"{timeline}; 2027-02-01 end", OWN)[-1 if gap > 1 else -2].split()[::3] == [
        at_risk,
        "at_risk",
    ]


def test_of_two_order_days_the_default_holds() -> None:
    timeline = "2026-01-01 order 10; 2026-01-02 order 10; 2026-12-31 end"
    assert stages(timeline, OWN)[-1] == "2026-04-02T00:00 active → at_risk"


def test_days_are_those_of_the_shop_s_zone() -> None:
    value = f"zone: Europe/Kyiv\n{OWN}"
    timeline = """
    2026-01-01T21:00 order 10
    2026-01-01T22:30 order 10
    2026-01-21T21:00 order 10
    2026-12-31 end
    """
    # In Kyiv the second order is of the next day, so there are two gaps: 20 days in all, 10 each.
    assert stages(timeline, value)[-1] == "2026-02-20T21:00 loyal → at_risk"
    assert stages(timeline, OWN)[-1] == "2026-04-21T21:00 loyal → at_risk"


def test_a_late_order_makes_a_contact_older() -> None:
    told = play("", MOVES, "2026-03-01 order 10; 2026-01-15 order 10; 2026-03-02 end")
    assert told.lines("from", "to") == [
        "2026-03-01T00:00 fired m from=none to=new",
        "2026-03-01T00:00 cancelled m",
        "2026-03-01T00:00 fired m from=none to=active",
    ]


def test_the_stages_are_conditions() -> None:
    rule = """
    - {name: fresh, when: {lifecycle: [new, returned]}, membership: true}
    - {name: idle, when: {not: {lifecycle: prospect}}, membership: true}
    """
    assert play("", rule, "2026-01-01 view; 2026-01-02 order 1; 2026-03-01 end").stays() == [
        "2026-01-02T00:00 in fresh event",
        "2026-01-02T00:00 in idle event",
        "2026-02-01T00:00 out fresh time",
    ]


def test_only_orders_in_the_shop_s_currency_count() -> None:
    value = "orders: {currency: UAH}"
    timeline = "2026-01-01 order 1 currency=PLN; 2026-01-02 order 1 currency=UAH"
    assert stages(timeline, value) == [
        "2026-01-01T00:00 none → prospect",
        "2026-01-02T00:00 prospect → new",
    ]


def test_of_one_contact_a_key_asks_about_the_contact() -> None:
    rule = """
    - name: seen
      per: product
      when: {all: [{did: product_viewed}, {lifecycle: new}]}
      trigger: {}
    """
    timeline = """
    2026-01-01 product_viewed product=p1
    2026-01-02 order 10
    2026-01-03 product_viewed product=p2
    """
    assert play("", rule, timeline).lines("key") == [
        "2026-01-02T00:00 fired seen key=p1",
        "2026-01-03T00:00 fired seen key=p2",
    ]


def test_a_stage_that_is_none() -> None:
    refuse("- {name: m, when: {lifecycle: §loyals}}", "loyals", "did you mean `loyal`")
    refuse("- {name: m, use: lifecycle_moved, with: {to: §vips}}", "never 'vips'")
    refuse("- {name: m, use: moved, with: {of: §tier}}", "no label `tier`", "value:")
    refuse("- {name: m, use: rfm_moved, with: §{to: lost}}", "no RFM")


def test_a_late_order_cancels_what_came_right_after_a_move_that_was_not_told() -> None:
    """Two stays of one instant: the first ended before it was told, the second was told."""
    told = play(
        "lifecycle: {loyal: 2, vip: 25}",
        MOVES,
        """
        2026-01-01 order 10
        2026-01-31 order 10
        2026-01-30T23:59:59 order 10
        """,
    )
    assert told.lines("to") == [
        "2026-01-01T00:00 fired m to=new",
        "2026-01-31T00:00 fired m to=loyal",
        "2026-01-31T00:00 cancelled m",
        "2026-01-31T00:00 fired m to=vip",
    ]
    assert told.stays()[2:] == [
        "2026-01-31T00:00 in m event",
        "2026-01-31T00:00 out m event",
        "2026-01-31T00:00 in m event",
    ]


def test_a_move_that_waits_is_told_though_a_later_one_was_told_at_once() -> None:
    told = play(
        "lifecycle: {new_for: 1d, at_risk: 2d, lost: 9d}",
        MOVES,
        "2026-01-01 order 1; 2026-01-11 order 1; 2026-02-11 end",
        lateness="20d",
    )
    assert told.lines("to") == [
        "2026-01-01T00:00 fired m to=new",
        "2026-01-11T00:00 fired m to=returned",
        "2026-01-02T00:00 fired m to=active",
        "2026-01-03T00:00 fired m to=at_risk",
        "2026-01-12T00:00 fired m to=active",
        "2026-01-13T00:00 fired m to=at_risk",
        "2026-01-20T00:00 fired m to=lost",
    ]
    assert [line.split()[-2:] for line in told.held_back("to")] == [["reason=left", "to=lost"]]


NOON = "2026-01-11T12:00"


def test_there_and_back_in_one_instant_is_told_once_under_each_name() -> None:
    told = play(
        "orders: {cancelled: 60d}",
        MOVES,
        f"{NOON} order 1 #a; {NOON} cancel #a; {NOON} order 1 #b; {NOON} cancel #b",
    )
    assert told.lines("anchor") == [
        f"{NOON} fired m anchor={NOON}#new",
        f"{NOON} fired m anchor={NOON}#prospect",
    ]
    assert [line.split()[1] for line in told.stays()] == ["in", "out"] * 3 + ["in"]


SETTLED = """
- {name: m, use: lifecycle_moved, with: {to: [at_risk, lost], settle: 25d}, membership: true}
"""


def test_a_move_that_was_not_told_is_told_where_the_next_turns_out_to_be_none() -> None:
    """At risk from 31 January, lost from 20 February on, as it seemed; but there was an order on
    10 February. So they have been at risk since 31 January, which settled and nobody was told.
    """
    told = play(
        "lifecycle: {at_risk: 30d, lost: 50d}",
        SETTLED,
        "2026-01-01 order 1; 2026-03-20 tick; 2026-02-10 order 1; 2026-03-21 end",
    )
    assert told.lines("to", "anchor") == [
        "2026-03-17T00:00 fired m to=lost anchor=2026-02-20T00:00#lost",
        "2026-03-17T00:00 cancelled m anchor=2026-02-20T00:00#lost",
        "2026-03-17T00:00 fired m to=at_risk anchor=2026-01-31T00:00#at_risk",
    ]


def test_a_move_that_was_told_is_not_told_again_where_the_next_turns_out_to_be_none() -> None:
    told = play(
        "lifecycle: {at_risk: 30d, lost: 50d}",
        SETTLED.replace("settle: 25d", "settle: 10d"),
        "2026-01-01 order 1; 2026-03-20 view; 2026-02-10 order 1; 2026-03-21 end",
    )
    assert told.lines("to") == [
        "2026-02-10T00:00 fired m to=at_risk",
        "2026-03-02T00:00 fired m to=lost",
        "2026-03-02T00:00 cancelled m",
    ]
    assert told.stays()[-1] == "2026-03-20T00:00 in m event"


def test_a_move_that_is_told_as_it_comes_back_is_not_told_again_in_its_turn() -> None:
    """They are active from 3 January on by time alone, which is to be told in a month."""
    told = play(
        "lifecycle: {new_for: 2d, at_risk: 4d, lost: 8d, vip: 15}",
        MOVES,
        """
        2026-01-01 order 1
        2026-01-05 view
        2026-01-03T12:00 order 1
        2026-01-06 order 1
        2026-01-06 order 20
        2026-03-01 end
        """,
        lateness="30d",
    )
    assert told.lines("to")[:3] == [
        "2026-01-01T00:00 fired m to=new",
        "2026-01-05T00:00 fired m to=active",
        "2026-01-06T00:00 fired m to=loyal",
    ]
    assert sum(line.endswith("to=active") for line in told.lines("to")) == 1
