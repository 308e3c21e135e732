"""What stands in a membership's slot beside each other is not lost as one of it goes."""

from __future__ import annotations

from typing import Any

import pytest

from streamseg.core.contacts.carried_interest import set_carried, unused_of, use_up, used_of
from streamseg.core.contacts.slots import (
    NOTIFIED,
    fired_also,
    release_of,
    set_fired_also,
    set_release,
    set_status,
    set_told_under,
    told_under,
    untold_earlier,
)

RELEASED = [7, [], None, None]


@pytest.mark.parametrize("told", [None, ["a", "b"]])
@pytest.mark.parametrize("untold", [None, "u"])
@pytest.mark.parametrize("release", [None, RELEASED])
@pytest.mark.parametrize("shown", [None, 5])
def test_other_episodes_are_remembered_as_an_interest_is_used_up_or_noted(
    told: list[str] | None, untold: str | None, release: list[Any] | None, shown: int | None
) -> None:
    slot: list[Any] = [NOTIFIED, 1, "now", "then", 0, 2, release, 3, told, untold]
    set_carried(slot, shown)
    assert (release_of(slot), unused_of(slot)) == (release, shown)
    assert (fired_also(slot), untold_earlier(slot)) == (told or [], untold)
    use_up(slot)
    assert (release_of(slot), unused_of(slot)) == (release, None)
    assert used_of(slot) == (None if shown is None else [shown])
    assert (fired_also(slot), untold_earlier(slot)) == (told or [], untold)


@pytest.mark.parametrize("told", [None, ["a", "b"]])
@pytest.mark.parametrize("untold", [None, "u"])
@pytest.mark.parametrize("release", [None, RELEASED])
@pytest.mark.parametrize("shown", [None, 5])
def test_the_anchor_of_what_was_told_stands_beside_the_others(
    told: list[str] | None, untold: str | None, release: list[Any] | None, shown: int | None
) -> None:
    slot: list[Any] = [NOTIFIED, 1, "now", "then", 0, 2, release, shown, told, untold]
    before = slot[:]
    set_told_under(slot, "as told")
    assert told_under(slot) == "as told"
    set_carried(slot, 7)
    set_fired_also(slot, ["c"])
    set_release(slot, RELEASED)
    assert told_under(slot) == "as told"
    assert (release_of(slot), unused_of(slot)) == (RELEASED, 7)
    assert (fired_also(slot), untold_earlier(slot)) == (["c"], untold)
    set_status(slot, NOTIFIED)  # under its own anchor
    assert told_under(slot) == "now"
    set_fired_also(slot, told or [])
    set_release(slot, release)
    set_carried(slot, shown)
    assert slot == without_end(before)


def test_a_stay_told_under_its_own_anchor_takes_no_room() -> None:
    slot: list[Any] = [NOTIFIED, 1, 5, None, None, 1]
    set_told_under(slot, 5)
    assert (slot, told_under(slot)) == ([NOTIFIED, 1, 5, None, None, 1], 5)
    set_told_under(slot, 3)
    set_told_under(slot, 5)
    assert slot == [NOTIFIED, 1, 5, None, None, 1]


def without_end(slot: list[Any]) -> list[Any]:
    """A slot as it is stored: without optional fields at its end that are not there."""
    while len(slot) > 6 and slot[-1] is None:
        slot = slot[:-1]
    return slot
