"""welcome: the contact's first event of a kind is at least `after` ago, and no order was."""

import pytest

from .drawing import expect, play, refuse

NEW = "- {name: new, use: welcome}"
SERIES = "- {name: new, use: welcome, with: {after: [0s, 1h, 3h]}}"
SIGNED = "- {name: new, use: welcome, with: {of: contact_updated, where: {newsletter: true}}}"


def test_it_fires_at_the_first_activity_and_never_again() -> None:
    expect(
        NEW,
        "10:00 page_viewed c1; 11:00 page_viewed c1; 300d+10:00 searched c1 a",
        "10:00 fired new c1 rung=0s",
    )


def test_what_is_no_activity_makes_nobody_new() -> None:
    expect(NEW, "10:00 contact_updated c1 a=1; 10:30 message_sent c1 email; 1d+10:00 end", "")


def test_a_series_fires_each_rung_at_its_instant() -> None:
    expect(
        SERIES,
        "10:00 page_viewed c1; 12:00 page_viewed c1; 13:00 end",
        """
        10:00 fired new c1 rung=0s
        11:00 fired new c1 rung=1h emitted=12:00
        13:00 fired new c1 rung=3h
        """,
    )
    expect(SERIES, "10:00 page_viewed c1; 10:59:59.999 end", "10:00 fired new c1 rung=0s")


@pytest.mark.parametrize(
    ("time", "rungs"), [("10:59:59.999", ["0s"]), ("11:00", ["0s", "1h"]), ("13:00", [])]
)
def test_an_order_ends_the_series(time: str, rungs: list[str]) -> None:
    told = play(SERIES, f"10:00 page_viewed c1; {time} order_placed c1 o1; 1d+10:00 end").triggers
    assert [one["rung"] for one in told] == (rungs or ["0s", "1h", "3h"])


def test_who_has_ordered_before_is_not_welcomed() -> None:
    expect(SIGNED, "10:00 order_placed c1 o1; 11:00 contact_updated c1 newsletter=true", "")
    expect(NEW, "10:00 order_placed c1 o1; 11:00 page_viewed c1", "")


def test_another_end_may_be_named() -> None:
    rule = "- {name: new, use: welcome, with: {after: [0s, 1h], until: [message_unsubscribed]}}"
    expect(
        rule,
        "10:00 page_viewed c1; 10:30 order_placed c1 o1; 11:00 end",
        "10:00 fired new c1 rung=0s; 11:00 fired new c1 rung=1h",
    )
    expect(
        rule,
        "10:00 page_viewed c1; 10:30 message_unsubscribed c1 email; 11:00 end",
        "10:00 fired new c1 rung=0s",
    )


def test_the_first_event_that_passes_counts() -> None:
    expect(
        SIGNED,
        """
        09:00 page_viewed c1
        10:00 contact_updated c1 newsletter=false
        11:00 contact_updated c1 newsletter=true
        12:00 contact_updated c1 newsletter=false
        13:00 contact_updated c1 newsletter=true
        """,
        "11:00 fired new c1 rung=0s",
    )


def test_the_context_is_what_made_the_contact_new() -> None:
    first, later = play(
        "- {name: new, use: welcome, with: {after: [0s, 1h]}}",
        "10:00 searched c1 a; 10:30 page_viewed c1; 11:00 end",
    ).triggers
    told = {"first": {"type": "searched", "time": "2026-11-21T10:00:00.000Z"}}
    assert first["context"] == later["context"] == told


def test_a_late_earlier_event_fires_nothing_again_and_hastens_what_is_to_come() -> None:
    expect(
        SERIES,
        "10:00 page_viewed c1; 09:30 page_viewed c1; 10:40 page_viewed c1; 12:30 end",
        """
        10:00 fired new c1 rung=0s
        10:30 fired new c1 rung=1h emitted=10:40
        12:30 fired new c1 rung=3h
        """,
    )


def test_a_late_order_cancels_what_came_after_it() -> None:
    expect(
        SERIES,
        "10:00 page_viewed c1; 11:30 contact_updated c2 a=1; 10:20 order_placed c1 o1; 20:00 end",
        """
        10:00 fired new c1 rung=0s
        11:00 fired new c1 rung=1h emitted=11:30
        11:00 cancelled new c1 rung=1h emitted=11:30
        """,
    )


def test_bad_parameters_are_refused_at_their_place() -> None:
    refuse("- {name: s, use: welcome, with: {after: [0s, §0h]}}", "0h")
    refuse("- {name: s, use: welcome, with: {after: §soon}}", "soon")
    refuse("- {name: s, use: welcome, with: {of: §stock_changed}}", "stock_changed")
    refuse("- {name: s, use: welcome, with: {where: §{}}}", "empty")
    refuse("- {name: s, use: welcome, with: {§unless: order_placed}}", "until")
