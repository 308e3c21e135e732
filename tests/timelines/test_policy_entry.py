"""What a policy decides of a trigger as its segment is entered, before any gate is asked."""

from .drawing import expect
from .test_policy_gates import CART, QUIET, rules


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
