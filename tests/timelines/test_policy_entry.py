"""What a policy decides of a trigger as its segment is entered, before any gate is asked."""

from .drawing import expect, play
from .test_policy_gates import CART, QUIET, SEARCH, rules


def test_what_is_held_back_by_time_is_told_when_it_is_due() -> None:
    expect(
        rules("expires: 1d", CART % ("1h", ", policy: {paused: true}")),
        "10:00 cart_item_added c1 p1; 11:01 page_viewed c1; 11:10 end",
        "11:00 suppressed cart c1 rung=1h anchor=10:00 emitted=11:10 reason=paused",
        lateness="10m",
    )


def test_a_rung_that_enters_as_the_gates_open_takes_the_place_of_the_one_before() -> None:
    expect(
        rules(QUIET, CART % ("[1h, 10h]", "")),
        "22:00 cart_item_added c1 p1; 1d+12:00 end",
        """
        1d+08:00 fired cart c1 rung=10h anchor=22:00 emitted=1d+12:00
        23:00 deferred cart c1 rung=1h anchor=22:00 emitted=1d+12:00 reason=quiet_hours """
        """until=1d+08:00
        23:00 suppressed cart c1 rung=1h anchor=22:00 emitted=1d+12:00 reason=superseded
        """,
    )


def test_of_a_gate_of_which_it_was_not_known_when_it_opens_no_instant_is_told() -> None:
    file = rules(
        "caps: {day: {max: {attribute: most, default: 0}, within: 1d}}", SEARCH % ", trigger: {}"
    )
    (fired,) = play(file, "10:00 searched c1 x #e1; 11:00 contact_updated c1 most=1").triggers
    assert fired["released_at"] == "2026-11-21T11:00:00.000Z"
    assert fired["deferred"] == [{"gate": "cap day", "until": None}]
