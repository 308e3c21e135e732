"""What stands in a membership's slot beside each other is not lost as one of it goes."""

from __future__ import annotations

from typing import Any

import pytest

from streamseg.core.membership import (
    NOTIFIED,
    carried_of,
    fired_also,
    release_of,
    set_carried,
    untold_of,
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
    assert (release_of(slot), carried_of(slot)) == (release, shown)
    assert (fired_also(slot), untold_of(slot)) == (told or [], untold)
