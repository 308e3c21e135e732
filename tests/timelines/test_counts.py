"""What is counted: exposures, what came of them, who is in; at the days of the shop's clock."""

import json

import pytest

from .counted import CART, RESULT, SEEN, counted, day_of, picked


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
        " -30d+10:00 order_placed c1 o6; 80d+10:00 order_placed c1 o7",
        "{kpis: {retention: month}}",
    )
    cohorts = [one for one in lines if "cohort" in one]
    # Not that of October: it was told of too late.
    assert cohorts == [{"cohort": "2026-11", "k": later, "contacts": 1} for later in (0, 1, 2, 3)]


def test_a_trigger_that_is_told_after_a_later_one_lets_its_exposure_begin_earlier() -> None:
    # p1 enters at 11:00, which is told at 11:10; p2 enters at 11:05 and is told at once.
    waits = (
        "- {name: s, per: product, trigger: {}, when: {any: [{idle: product_viewed, for: 1h},"
        " {did: wishlist_added, within: 1h}]}}"
    )
    drawn = """
        10:00 product_viewed c1 p1
        11:02 order_placed c1 o1 total=10
        11:05 wishlist_added c1 p2
        11:07 order_placed c1 o2 total=80
        11:10 end
        """
    found = day_of(counted(waits, drawn, lateness="10m"), "s", "2026-11-21")
    assert picked(found, "fired", *RESULT, "credited") == [2, 1, 1, "90", "90"]


def test_an_exposure_is_the_same_whether_or_not_its_first_event_comes_late() -> None:
    drawn = ["10:00 product_viewed c1 p1", "11:00 product_viewed c1 p2"]
    lines = [
        counted(SEEN, f"{'; '.join(views)}; 12:00 order_placed c1 o1 total=5")
        for views in (drawn, drawn[::-1])
    ]
    assert lines[0] == lines[1]
    assert picked(day_of(lines[0], "seen", "2026-11-21"), "fired", *RESULT) == [2, 1, 1, "5"]


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


def test_a_key_that_a_merge_forgets_is_a_member_no_more_and_is_so_once() -> None:
    segments = "- {name: s, per: query, max_keys: 1, when: {did: searched}}"
    drawn = "10:00 searched c1 a; 11:00 searched c2 b; 12:00 contact_merged c1 c2"
    lines = counted(segments, drawn)
    assert day_of(lines, "s", "2026-11-21")["exited_by"] == {"forgotten": 1}
    assert lines[0] == {"segment": "s", "members": 1, "entered": 2, "exited": 1}


def test_the_lines_are_json_with_decimals_as_texts() -> None:
    lines = counted(SEEN, '10:00 product_viewed c1 p1; 11:00 order_placed c1 o1 total="1e3"')
    assert json.dumps(day_of(lines, "seen", "2026-11-21")["revenue"]) == '"1000"'
