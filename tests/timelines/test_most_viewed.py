"""The most viewed products of the shop: counted as favourites are, by all contacts together."""

from typing import Any

from tests.replaying import run_replay

from .by_date import file_of, play
from .drawing import refuse

RULE = "- {name: s, on: searched, trigger: false}"
# Periods of 30 days: one begins on 7 January 2026, the next on 6 February.
VALUE = "most_viewed: {top: 2}"


def viewed(value: str, timeline: str) -> list[tuple[int, str, int, str]]:
    """The lines of the products that a replay writes: rank, product, score, last view."""
    told = play(value, RULE, timeline)
    return [
        (one["most_viewed"], one["product"], one["score"], one["last"])
        for one in told.stats
        if "most_viewed" in one
    ]


def test_each_period_weighs_half_as_much_as_the_next() -> None:
    found = viewed(
        VALUE,
        """
        2026-01-10 product_viewed product=bag
        2026-01-11 product_viewed product=bag
        2026-01-12 product_viewed product=bag
        2026-02-10 product_viewed product=shoe
        2026-02-11 product_viewed product=shoe
        2026-02-12 product_viewed product=hat
        2026-02-13 end
        """,
    )
    assert found == [
        (1, "shoe", 64, "2026-02-11T00:00:00.000Z"),
        (2, "bag", 48, "2026-01-12T00:00:00.000Z"),
    ]


def test_a_late_view_counts_in_its_own_period() -> None:
    found = viewed(
        VALUE,
        """
        2026-03-20 product_viewed product=hat
        2026-01-10 product_viewed product=hat
        2026-03-21 end
        """,
    )
    assert found == [(1, "hat", 32 + 8, "2026-03-20T00:00:00.000Z")]


def test_of_equal_scores_the_later_view_comes_first_then_the_lesser_name() -> None:
    found = viewed(
        "most_viewed: {}",
        """
        2026-01-10 product_viewed product=b
        2026-01-10 product_viewed product=a
        2026-01-11 product_viewed product=c
        2026-01-12 end
        """,
    )
    assert [one[1] for one in found] == ["c", "a", "b"]


def test_what_counts_as_a_view_is_chosen_and_weighed() -> None:
    found = viewed(
        "most_viewed: {over: [product_viewed, cart_item_added], weights: {cart_item_added: 3}}",
        """
        2026-01-10 product_viewed product=a
        2026-01-10 cart_item_added product=b
        2026-01-10 wishlist_added product=c
        2026-01-12 end
        """,
    )
    assert [one[1:3] for one in found] == [("b", 96), ("a", 32)]


def test_after_six_periods_a_view_counts_no_more() -> None:
    assert viewed(VALUE, "2026-01-10 product_viewed product=a; 2026-07-06 end") == []
    assert viewed(VALUE, "2026-01-10 product_viewed product=a; 2026-07-05T23:59 end") == [
        (1, "a", 1, "2026-01-10T00:00:00.000Z")
    ]


def test_more_than_255_views_of_a_period_count() -> None:
    line = "; ".join(
        f"2026-01-10T00:{n // 60:02}:{n % 60:02} product_viewed product=a" for n in range(300)
    )
    (one,) = viewed(VALUE, f"{line}; 2026-01-11 end")
    assert one[2] == 300 * 32


def test_without_the_rule_nothing_is_counted() -> None:
    told: Any = play("", RULE, "2026-01-10 product_viewed product=a; 2026-01-12 end")
    assert [one for one in told.stats if "most_viewed" in one] == []


def test_what_is_written_wrongly() -> None:
    segment = "segments: [{name: a, on: searched}]"
    refuse(
        f"value: {{most_viewed: {{weights: {{searched: §2}}}}}}\n{segment}",
        "searched is not among the types in `over`",
    )
    refuse(
        "value: {most_viewed: {}}\nsegments: [{name: §top, on: searched}]",
        "no segment can be called 'top'",
    )


def test_what_somebody_does_under_two_ids_counts_once() -> None:
    merge = {"type": "contact_merged", "contact": "c1", "data": {"from": "c2"}, "time": 3}
    views = [
        {"type": "product_viewed", "contact": who, "data": {"product": "a"}, "time": at}
        for who, at in (("c2", 1), ("c1", 2), ("c2", 4), ("c1", 5))
    ]
    events = sorted([merge, *views], key=lambda one: int(str(one["time"])))
    start = 1_767_225_600_000
    told = run_replay(
        file_of(VALUE, RULE), [one | {"time": start + int(str(one["time"]))} for one in events]
    )
    assert [one["score"] for one in told.stats if "most_viewed" in one] == [4 * 32]
