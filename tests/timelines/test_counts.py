"""What is counted: exposures, what came of them, who is in; at the days of the shop's clock."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from streamseg.core.prediction.crossings import Predictor
from streamseg.core.prediction.curves import Worth
from streamseg.core.prediction.parameters import Parameters
from streamseg.core.zones import DAY_MS
from streamseg.kpis.summing import lifts, summed
from streamseg.rules import RuleErrors, parse_rules
from tests.replaying import run_replay

from .drawing import events, rules_file

Line = dict[str, Any]
CART = "- {name: cart_left, use: abandoned_cart}"
SEEN = "- {name: seen, on: product_viewed}"
KPIS = "{kpis: {within: 7d}}"


def counted(segments: str, timeline: str, value: str = KPIS, lateness: str = "0s") -> list[Line]:
    """What a timeline counts; the same where it is restarted after every event."""
    rules = rules_file(segments).replace("segments:", f"value: {value}\nsegments:", 1)
    records, until = events(timeline)
    whole, restarted = (
        run_replay(rules, records, until=until, lateness=lateness, restart_every=every)
        for every in (None, 1)
    )
    assert whole.dlq == []
    assert restarted.stats == whole.stats, "a restart after every event changed what is counted"
    return whole.stats


def day_of(lines: list[Line], segment: str, day: str) -> Line:
    """What happened to a segment on a day; nothing is an empty line."""
    found = [one for one in lines if one.get("day") == day and one["segment"] == segment]
    assert len(found) <= 1
    return found[0] if found else {}


def picked(line: Line, *names: str) -> list[Any]:
    return [line.get(name, 0) for name in names]


RESULT = ("exposures", "converted", "revenue")


def test_49_an_order_within_the_week_is_of_the_exposures_day() -> None:
    lines = counted(
        SEEN, '2d+10:00 product_viewed c1 p1; 5d+12:00 order_placed c1 o1 total="80.00"'
    )
    assert picked(day_of(lines, "seen", "2026-11-23"), *RESULT) == [1, 1, "80.00"]
    assert day_of(lines, "seen", "2026-11-26") == {}


@pytest.mark.parametrize(
    ("order", "converted"),
    [("7d+10:00", 1), ("7d+10:00:00.001", 0), ("10:00", 0), ("10:00:00.001", 1)],
)
def test_50_the_window_is_open_at_its_left_end(order: str, converted: int) -> None:
    lines = counted(SEEN, f"10:00 product_viewed c1 p1; {order} order_placed c1 o1 total=5")
    assert picked(day_of(lines, "seen", "2026-11-21"), "exposures", "converted") == [1, converted]


def test_51_the_rungs_of_a_ladder_are_one_exposure() -> None:
    lines = counted(
        "- {name: cart_left, use: abandoned_cart, with: {after: [1h, 24h]}}",
        "10:00 cart_item_added c1 p1; 2d+10:00 end",
    )
    first, second = (day_of(lines, "cart_left", f"2026-11-2{n}") for n in (1, 2))
    assert picked(first, "fired", "exposures") == [1, 1]
    assert picked(second, "fired", "exposures") == [1, 0]


def test_52_both_are_converted_and_the_last_is_credited() -> None:
    lines = counted(
        f"{SEEN}\n- {{name: looked, on: searched}}",
        "10:00 product_viewed c1 p1; 12:00 searched c1 a; 13:00 order_placed c1 o1 total=30",
    )
    seen, looked = (day_of(lines, name, "2026-11-21") for name in ("seen", "looked"))
    assert picked(seen, "converted", "revenue", "credited") == [1, "30", 0]
    assert picked(looked, "converted", "revenue", "credited") == [1, "30", "30"]


def test_52_of_two_released_at_one_instant_the_first_in_the_file_is_credited() -> None:
    lines = counted(
        f"- {{name: other, on: product_viewed}}\n{SEEN}",
        "10:00 product_viewed c1 p1; 13:00 order_placed c1 o1 total=30",
    )
    assert day_of(lines, "other", "2026-11-21")["credited"] == "30"
    assert "credited" not in day_of(lines, "seen", "2026-11-21")


def test_53_who_is_held_in_a_control_arm_is_compared_with() -> None:
    lines = counted(
        "- {name: s, on: searched, policy: {split: {of: {a: 0, control: 100}}}}",
        "10:00 searched c1 a; 11:00 order_placed c1 o1 total=5",
    )
    day = day_of(lines, "s", "2026-11-21")
    assert day["variant"] == "control"
    assert picked(day, "fired", "control", *RESULT) == [0, 1, 1, 1, "5"]


def test_what_waits_is_an_exposure_of_the_day_on_which_it_is_released() -> None:
    lines = counted(
        "- {name: s, on: searched, policy: {expires: 2d}}",
        "22:30 searched c1 a; 23:00 order_placed c1 o1 total=5;"
        " 1d+09:00 order_placed c1 o2 total=7",
        "{kpis: {}}\npolicies: {quiet: {from: '22:00', to: '08:00'}}",
    )
    assert picked(day_of(lines, "s", "2026-11-21"), "fired", "exposures") == [0, 0]
    assert picked(day_of(lines, "s", "2026-11-22"), *RESULT) == [1, 1, "7"]


def test_54_a_cancelled_trigger_takes_its_exposure_back() -> None:
    lines = counted(
        CART,
        "10:00 cart_item_added c1 p1; 12:00 page_viewed c1; 12:30 order_placed c1 o2 items=p9"
        " total=5; 10:30 order_placed c1 o1 total=7",
    )
    day = day_of(lines, "cart_left", "2026-11-21")
    assert picked(day, "fired", "cancelled", *RESULT) == [1, 1, 0, 0, 0]
    assert picked(day, "credited") == [0]


def test_54_credit_goes_back_to_who_was_told_before() -> None:
    lines = counted(
        f"{SEEN}\n{CART}",
        "10:00 product_viewed c1 p1; 10:10 cart_item_added c1 p1; 12:00 order_placed c1 o2"
        " items=p9 total=5; 10:30 order_placed c1 o1 total=7",
    )
    assert picked(day_of(lines, "cart_left", "2026-11-21"), "cancelled", "credited") == [1, 0]
    assert picked(day_of(lines, "seen", "2026-11-21"), "revenue", "credited") == ["12", "12"]


@pytest.mark.parametrize(
    ("arrives", "converted", "missed"), [("7d+22:00", 1, 0), ("9d+10:00", 0, 1)]
)
def test_55_a_late_order_counts_for_a_day_more(arrives: str, converted: int, missed: int) -> None:
    lines = counted(
        SEEN,
        f"10:00 product_viewed c1 p1; {arrives} page_viewed c2;"
        " 3d+10:00 order_placed c1 o1 total=5",
    )
    day = day_of(lines, "seen", "2026-11-21")
    assert picked(day, "converted", "late_missed") == [converted, missed]


def test_57_of_who_is_erased_the_conversion_stays() -> None:
    segments = "- {name: s, trigger: {}, when: {did: searched}}"
    lines = counted(
        segments,
        "10:00 searched c1 a; 11:00 order_placed c1 o1 total=5; 12:00 contact_erased c1",
    )
    day = day_of(lines, "s", "2026-11-21")
    assert picked(day, "entered", "exited", "converted", "revenue") == [1, 1, 1, "5"]
    assert day["exited_by"] == {"erased": 1}
    assert lines[0] == {"segment": "s", "members": 0, "entered": 1, "exited": 1}


def test_63_a_buyer_is_of_one_cohort_and_counts_once_a_month() -> None:
    lines = counted(
        SEEN,
        "10:00 order_placed c1 o1; 1d+10:00 order_placed c1 o2; 50d+10:00 order_placed c1 o3;"
        " 30d+10:00 order_placed c1 o4; 31d+10:00 order_placed c1 o5;"
        " -30d+10:00 order_placed c1 o6",
        "{kpis: {retention: month}}",
    )
    cohorts = [one for one in lines if "cohort" in one]
    assert cohorts == [{"cohort": "2026-11", "k": later, "contacts": 1} for later in (0, 1, 2)]


def test_an_order_that_comes_before_its_exposure_is_told_counts() -> None:
    # Told at 11:05 with lateness 5m; the order is not of this cart.
    lines = counted(
        CART,
        "10:00 cart_item_added c1 p1; 11:02 order_placed c1 o1 items=p9 total=5; 12:00 end",
        lateness="5m",
    )
    assert picked(day_of(lines, "cart_left", "2026-11-21"), *RESULT) == [1, 1, "5"]


def test_a_later_order_adds_to_the_revenue_and_converts_no_second_time() -> None:
    lines = counted(
        SEEN,
        "10:00 product_viewed c1 p1; 11:00 order_placed c1 o1 total=5.1;"
        " 12:00 order_placed c1 o2 total=5.2; 12:00 order_placed c1 o2 total=5.2",
    )
    day = day_of(lines, "seen", "2026-11-21")
    assert picked(day, *RESULT, "revenue_squared") == [1, 1, "10.3", "106.09"]


def test_days_are_those_of_the_shops_clock() -> None:
    lines = counted(
        SEEN,
        "21:59:59.999 product_viewed c1 p1; 22:00 product_viewed c2 p1",
        "{zone: Europe/Kyiv, kpis: {}}",
    )
    assert [one["day"] for one in lines if "day" in one] == ["2026-11-21", "2026-11-22"]


def test_only_orders_in_the_shops_currency_count() -> None:
    lines = counted(
        SEEN,
        "10:00 product_viewed c1 p1; 11:00 order_placed c1 o1 total=5 currency=PLN;"
        " 12:00 order_placed c1 o2 total=7 currency=UAH",
        "{orders: {currency: UAH}, kpis: {}}",
    )
    assert picked(day_of(lines, "seen", "2026-11-21"), *RESULT) == [1, 1, "7"]


def test_a_stay_is_counted_from_its_first_rung_to_its_last() -> None:
    lines = counted(
        "- {name: cart_left, use: abandoned_cart, with: {after: [1h, 2h]}}",
        "10:00 cart_item_added c1 p1; 12:30 end",
    )
    rungs = {"1h": 1, "2h": 1}
    assert lines[0] == {
        "segment": "cart_left", "members": 1, "rungs": rungs, "entered": 1, "exited": 0,
    }  # fmt: skip


def test_who_was_never_in_after_all_has_not_entered() -> None:
    lines = counted(
        CART,
        "10:00 cart_item_added c1 p1; 11:02 page_viewed c1; 10:30 order_placed c1 o1; 12:00 end",
        lateness="5m",
    )
    assert lines[0] == {"segment": "cart_left", "members": 0, "entered": 0, "exited": 0}
    day = day_of(lines, "cart_left", "2026-11-21")
    assert day["suppressed_by"] == {"left": 1}
    assert picked(day, "entered", "exited") == [0, 0]


def test_what_members_spent_ever_is_known_of_a_segment() -> None:
    segments = "- {name: s, when: {did: searched, within: 2h}}"
    drawn = (
        "09:00 order_placed c1 o1 total=3; 10:00 searched c1 a; 11:00 order_placed c1 o2 total=4"
    )
    assert counted(segments, drawn)[0]["spent"] == "7"
    assert "spent" not in counted(segments, drawn + "; 13:00 end")[0]


def test_a_key_that_is_forgotten_is_a_member_no_more() -> None:
    segments = "- {name: s, per: query, max_keys: 1, when: {did: searched}}"
    lines = counted(segments, "10:00 searched c1 a; 11:00 searched c1 b")
    assert lines[0] == {"segment": "s", "members": 1, "entered": 2, "exited": 1}
    assert day_of(lines, "s", "2026-11-21")["exited_by"] == {"forgotten": 1}


def test_the_lines_are_json_with_decimals_as_texts() -> None:
    lines = counted(SEEN, '10:00 product_viewed c1 p1; 11:00 order_placed c1 o1 total="1e3"')
    assert json.dumps(day_of(lines, "seen", "2026-11-21")["revenue"]) == '"1000"'


def moves(timeline: str, value: str = "{kpis: {lifecycle: true}}") -> dict[str, Any]:
    """The moves between stages of life that are counted, by day."""
    return {
        one["day"]: one["lifecycle"] for one in counted(SEEN, timeline, value) if "lifecycle" in one
    }


def test_each_move_from_one_stage_of_life_to_another_is_counted_on_its_day() -> None:
    found = moves(
        "10:00 page_viewed c1; 10:00 order_placed c2 o1; 1d+10:00 order_placed c1 o2;"
        " 40d+00:00 end",
        "{lifecycle: {new_for: 30d}, kpis: {lifecycle: true}}",
    )
    assert found == {
        "2026-11-21": {"none": {"new": 1, "prospect": 1}},
        "2026-11-22": {"prospect": {"new": 1}},
        "2026-12-21": {"new": {"active": 1}},
        "2026-12-22": {"new": {"active": 1}},
    }


def test_a_move_that_a_late_order_undoes_never_was() -> None:
    terms = "{lifecycle: {new_for: 5d, at_risk: 10d, lost: 20d}, kpis: {lifecycle: true}}"
    drawn = "10:00 order_placed c1 o1; 12d+10:00 page_viewed c1; {}; 12d+12:00 end"
    assert moves(drawn.format("12d+10:00 page_viewed c1"), terms) == {
        "2026-11-21": {"none": {"new": 1}},
        "2026-11-26": {"new": {"active": 1}},
        "2026-12-01": {"active": {"at_risk": 1}},
    }
    assert moves(drawn.format("9d+10:00 order_placed c1 o2"), terms) == {
        "2026-11-21": {"none": {"new": 1}},
        "2026-11-26": {"new": {"active": 1}},
    }


def test_two_who_become_one_have_not_moved() -> None:
    found = moves("10:00 order_placed c1 o1; 11:00 page_viewed c2; 1d+10:00 contact_merged c2 c1")
    assert found == {"2026-11-21": {"none": {"new": 1, "prospect": 1}}}


def test_moves_are_counted_where_rules_ask_about_them_too() -> None:
    segments = "- {name: lost, use: lifecycle_moved, with: {to: lost}}"
    timeline = "10:00 order_placed c1 o1; 400d+10:00 end"
    lines = counted(segments, timeline, "{kpis: {lifecycle: true}}")
    found = [one["lifecycle"] for one in lines if "lifecycle" in one]
    assert found == [
        {"none": {"new": 1}}, {"new": {"active": 1}}, {"active": {"at_risk": 1}},
        {"at_risk": {"lost": 1}},
    ]  # fmt: skip


SPLIT = "- {name: s, on: searched, policy: {split: {of: {a: 50, control: 50}}}}"


def drawn_into(arm: str, segments: str = SPLIT) -> list[str]:
    """Contacts of an arm."""
    policy = parse_rules(rules_file(segments)).defined[0].policy
    assert policy is not None
    return [name for number in range(99) if policy.arm_of(name := f"c{number}") == arm]


def by_variant(lines: list[Line], *names: str) -> dict[str, list[Any]]:
    return {one["variant"]: picked(one, *names) for one in lines if one.get("variant")}


def test_who_was_in_both_arms_is_left_out_of_lift() -> None:
    told, held = drawn_into("a")[0], drawn_into("control")[0]
    before = (
        f"10:00 searched {told} x; 10:00 searched {held} x; 11:00 order_placed {told} o1 total=7"
    )
    names = (*RESULT, "credited")
    assert by_variant(counted(SPLIT, before), *names) == {
        "a": [1, 1, "7", "7"],
        "control": [1, 0, 0, 0],
    }
    merged = f"{before}; 12:00 contact_merged {held} {told}; 13:00 order_placed {held} o2 total=2"
    found = by_variant(counted(SPLIT, merged), *names, "fired")
    assert found == {
        "a": [0, 0, 0, 0, 1],
        "control": [0, 0, 0, 0, 0],
        "mixed": [2, 2, "11", "9", 0],
    }
    later = by_variant(counted(SPLIT, f"{merged}; 9d+10:00 searched {held} y"), *RESULT)
    assert later["mixed"] == [1, 0, 0]
    summary = summed(
        msgspec.json.encode(
            {"segment": "s", "partition": 0, "day": "2026-11-21", "variants": [one]}
        )
        for one in counted(SPLIT, merged)
        if one.get("variant")
    )
    assert lifts(summary.segment("s"), ["2026-11-21"]) == (None, None)


def test_who_was_in_one_arm_twice_stays_in_it() -> None:
    one, other = drawn_into("a")[:2]
    found = counted(SPLIT, f"10:00 searched {one} x; 12:00 contact_merged {other} {one}")
    assert by_variant(found, "exposures") == {"a": [1]}


def test_each_trigger_in_an_arm_of_its_own_mixes_nobody() -> None:
    segments = SPLIT.replace("control: 50}", "control: 50}, by: trigger")
    drawn = "; ".join(
        f"10:00 searched c{number} x; 11:00 contact_merged k{number} c{number}"
        for number in range(9)
    )
    assert set(by_variant(counted(segments, drawn), "exposures")) == {"a", "control"}


def test_a_cancelled_trigger_of_who_was_in_both_arms_takes_its_exposure_back() -> None:
    segments = "- {name: s, use: abandoned_cart, policy: {split: {of: {a: 50, control: 50}}}}"
    told, held = drawn_into("a", segments)[0], drawn_into("control", segments)[0]
    drawn = (
        f"10:00 cart_item_added {told} p1; 11:30 page_viewed {told}; 11:31 page_viewed {held};"
        f" 12:00 contact_merged {told} {held}; 10:30 order_placed {told} o1 items=p1"
    )
    found = by_variant(counted(segments, drawn), "fired", "cancelled", "exposures")
    assert found == {"a": [1, 1, 0]}


def customers(lines: list[Line]) -> dict[str, tuple[int, int]]:
    """Who came among the customers on a day, and who went."""
    return {
        one["day"]: (one.get("entered", 0), one.get("exited", 0))
        for one in lines
        if one.get("segment") == "lifecycle: customers" and "day" in one
    }


LIFE = "{lifecycle: {new_for: 5d, at_risk: 10d, lost: 20d}, kpis: {lifecycle: true}}"


def test_customers_are_counted_for_churn_to_be_a_share_of_them() -> None:
    lines = counted(
        SEEN,
        "10:00 order_placed c1 o1; 10:00 page_viewed c2; 1d+10:00 order_placed c3 o3;"
        " 19d+10:00 order_placed c3 o4; 20d+10:00 contact_erased c3; 21d+00:00 end",
        LIFE,
    )
    assert customers(lines) == {"2026-11-21": (1, 0), "2026-11-22": (1, 0), "2026-12-11": (0, 2)}
    (by,) = [one["exited_by"] for one in lines if one.get("exited") == 2 and "day" in one]
    assert by == {"time": 1, "erased": 1}


def test_two_customers_who_become_one_are_one_customer() -> None:
    lines = counted(
        SEEN,
        "10:00 order_placed c1 o1; 10:00 order_placed c2 o2; 1d+10:00 contact_merged c2 c1",
        LIFE,
    )
    came, went = customers(lines)["2026-11-22"]
    assert came - went == -1
    (size,) = [
        one for one in lines if one.get("segment") == "lifecycle: customers" and "members" in one
    ]
    assert size["members"] == 1


SUMMED = """{model: {r: 0.525, alpha: 43.281, a: 0.891, b: 1.614, p: 6.25, q: 3.74, v: 15.44}, \
tables: {every: day, at: "04:00"}, rfm: {buyers: {monetary: [50, 100, 250, 1000]}}, \
kpis: {clv: 365d, scores: true}}"""
SPENDING = (Decimal("6.25"), Decimal("3.74"), Decimal("15.44"))
BUYERS = "- {name: buyers, when: {did: order_placed}}"
FRESH = "- {name: fresh, when: {did: order_placed, within: 16h}}"
CURVE = Predictor(Parameters(*map(Decimal, ("0.525", "43.281", "0.891", "1.614")), SPENDING))


def expected(x: int, recency: int, spent: str) -> Decimal:
    """What the model tells a contact to be worth at an order, to the cent."""
    each = CURVE.model.order_worth(x, Decimal(spent))
    return CURVE.told(Worth(x, recency, 365 * DAY_MS, each), 0, 2)


def census_of(lines: list[Line], segment: str) -> dict[str, Line]:
    (line,) = [one for one in lines if one["segment"] == segment and "members" in one]
    census: dict[str, Line] = line["census"]
    return census


def test_what_members_are_expected_to_be_worth_is_summed_as_of_an_instant() -> None:
    """The order at four itself comes after it."""
    lines = counted(
        BUYERS,
        """
        10:00 order_placed c1 o1 total=40
        11:00 order_placed c2 o2 total=90
        1d+04:00 order_placed c3 o3 total=500
        1d+04:00 order_placed c1 o4 total=500
        1d+05:00 end
        """,
        SUMMED,
        "5s",
    )
    one = expected(0, 0, "0")
    assert census_of(lines, "buyers") == {
        "2026-11-22T04:00:00.000Z": {
            "contacts": 2,
            "predicted": 2,
            "clv": str(2 * one),
            "scores": {
                "rfm.buyers": {
                    "recency": {"5": 2},
                    "frequency": {"1": 2},
                    "monetary": {"1": 1, "2": 1},
                }
            },
        }
    }


def test_who_leaves_by_time_before_it_is_not_summed_and_who_leaves_after_it_is() -> None:
    """c1 is in until three, c2 until half past four; both order again at five."""
    timeline = """
    11:00 order_placed c1 o1 total=40
    12:30 order_placed c2 o2 total=90
    1d+04:00:03 page_viewed c1
    1d+05:00 order_placed c1 o3 total=40
    1d+05:00 order_placed c2 o4 total=40
    1d+06:00 end
    """
    for lateness in ("0s", "5s", "2h"):
        lines = counted(FRESH, timeline, SUMMED, lateness)
        (sums,) = census_of(lines, "fresh").values()
        assert (sums["contacts"], sums["predicted"]) == (1, 1)


def test_each_census_takes_the_place_of_the_one_before() -> None:
    lines = counted(BUYERS, "10:00 order_placed c1 o1 total=40; 9d+05:00 end", SUMMED)
    assert list(census_of(lines, "buyers")) == ["2026-11-30T04:00:00.000Z"]


def test_of_a_segment_with_keys_each_contact_is_summed_once() -> None:
    viewed = "- {name: viewed, per: product, when: {did: product_viewed}}"
    timeline = "10:00 product_viewed c1 p1; 10:01 product_viewed c1 p2; 2d+05:00 end"
    (sums,) = census_of(counted(viewed, timeline, SUMMED), "viewed").values()
    assert sums == {"contacts": 1}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{kpis: {clv: 365d}}", "needs a `model` with `p`, `q` and `v`"),
        ("{kpis: {scores: true}}", "there is no `rfm`"),
        ("{kpis: {clv: 20d}}", "must be from 30d to 1095d"),
    ],
)
def test_what_cannot_be_summed_is_said(value: str, message: str) -> None:
    with pytest.raises(RuleErrors, match=message):
        parse_rules(rules_file(BUYERS, value))


def test_a_merge_tells_no_stay_in_a_segment_that_the_file_does_not_name() -> None:
    rules = rules_file("- {name: s, when: {did: order_placed}}").replace(
        "segments:", f"value: {LIFE}\nprivacy: {{forget_after: 9d}}\nsegments:", 1
    )
    records, _ = events("10:00 order_placed c1 o1; 11:00 contact_merged c2 c1")
    (merged,) = run_replay(rules, records).decisions
    assert [one["segment"] for one in merged["stays"]] == ["s"]
