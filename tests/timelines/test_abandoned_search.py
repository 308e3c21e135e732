"""abandoned_search: the last search is at least `after` ago, and nothing came of it."""

import pytest

from .drawing import expect, play, refuse

LEFT = "- {name: left, use: abandoned_search, with: {after: 1h}}"
AT_11 = "11:00 fired left c1 rung=1h anchor=10:00"
STAGES = """
- {name: searched, use: abandoned_search, with: {after: 1h}}
- {name: browsed, use: abandoned_browse, with: {after: 1h}}
- {name: cart, use: abandoned_cart, with: {after: 1h, yields_to: checkout}}
- {name: checkout, use: abandoned_checkout, with: {after: 1h}}
"""


def test_all_defaults() -> None:
    expect(
        "- {name: left, use: abandoned_search}",
        "10:00 searched c1 bags; 12:00 end",
        "12:00 fired left c1 rung=2h anchor=10:00",
    )


def test_exactly_after_and_not_a_millisecond_before() -> None:
    expect(LEFT, "10:00 searched c1 bags; 10:59:59.999 end", "")
    expect(LEFT, "10:00 searched c1 bags; 11:00 end", AT_11)


@pytest.mark.parametrize(
    "stronger",
    [
        "product_viewed c1 p1",
        "wishlist_added c1 p1",
        "cart_item_added c1 p1",
        "cart_updated c1 p1",
        "checkout_started c1",
        "order_placed c1 o1",
    ],
)
@pytest.mark.parametrize("time", ["10:00", "10:59:59.999"])
def test_what_came_of_it_at_its_time_or_later_ends_it(stronger: str, time: str) -> None:
    expect(LEFT, f"10:00 searched c1 bags; {time} {stronger}; 1d+10:00 end", "")


def test_a_view_before_it_does_not() -> None:
    expect(LEFT, "09:59:59.999 product_viewed c1 p1; 10:00 searched c1 bags; 11:00 end", AT_11)


def test_of_all_stages_the_strongest_is_told() -> None:
    steps = [
        "10:00 searched c1 bags",
        "10:01 product_viewed c1 p1",
        "10:02 cart_item_added c1 p1",
        "10:03 checkout_started c1 k1",
    ]
    stages = ["searched", "browsed", "cart", "checkout"]
    for last, stage in enumerate(stages):
        expect(
            STAGES,
            "; ".join([*steps[: last + 1], "1d+10:00 end"]),
            f"11:0{last} fired {stage} c1 rung=1h anchor=10:0{last} emitted=1d+10:00",
        )
    expect(STAGES, "; ".join([*steps, "10:04 order_placed c1 o1; 1d+10:00 end"]), "")


def test_the_next_search_restarts_the_wait() -> None:
    expect(
        LEFT,
        "10:00 searched c1 bags; 10:30 searched c1 shoes; 11:30 end",
        "11:30 fired left c1 rung=1h anchor=10:30",
    )


def test_a_ladder_and_its_end_by_age() -> None:
    played = expect(
        """
        - name: left
          use: abandoned_search
          with: {after: [1h, 2h], max_age: 3h}
          membership: true
        """,
        "10:00 searched c1 bags; 14:00 end",
        """
        11:00 fired left c1 rung=1h anchor=10:00 emitted=14:00
        12:00 fired left c1 rung=2h anchor=10:00 emitted=14:00
        """,
    )
    exits = [one["exited_at"] for one in played.membership if one["type"] == "segment.exited"]
    assert exits == ["2026-11-21T13:00:00.000Z"] * 2


def test_the_context_is_what_was_searched() -> None:
    (fired,) = play(LEFT, "10:00 searched c1 red-bags; 11:00 end").triggers
    time = "2026-11-21T10:00:00.000Z"
    assert fired["context"] == {"search": {"query": "red-bags", "time": time}}


def test_of_a_long_query_the_beginning_is_kept() -> None:
    (fired,) = play(LEFT, f"10:00 searched c1 {'a' * 300}; 11:00 end").triggers
    assert fired["context"]["search"]["query"] == "a" * 256


def test_a_late_view_cancels_it_and_one_from_before_does_not() -> None:
    drawn = "10:00 searched c1 bags; 11:30 page_viewed c2; {} product_viewed c1 p1; 20:00 end"
    expect(
        LEFT,
        drawn.format("10:00"),
        AT_11 + " emitted=11:30; 11:00 cancelled left c1 rung=1h anchor=10:00 emitted=11:30",
    )
    expect(LEFT, drawn.format("09:59:59.999"), AT_11 + " emitted=11:30")


def test_bad_parameters_are_refused_at_their_place() -> None:
    refuse("- {name: s, use: abandoned_search, with: {after: §3d}}", "3d", "max_age")
    refuse("- {name: s, use: abandoned_search, with: {max_age: §2h}}", "2h")
    refuse("- {name: s, use: abandoned_search, with: {after: §0s}}", "0s")
