"""What stands in a membership's slot beside each other is not lost as one of it goes."""

from __future__ import annotations

from typing import Any

import pytest

from streamseg.core.carried_interest import set_carried, unused_of, use_up, used_of
from streamseg.core.membership import (
    NOTIFIED,
    fired_also,
    release_of,
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
    assert (release_of(slot), unused_of(slot)) == (release, shown)
    assert (fired_also(slot), untold_of(slot)) == (told or [], untold)
    use_up(slot)
    assert (release_of(slot), unused_of(slot)) == (release, None)
    assert used_of(slot) == (None if shown is None else [shown])
    assert (fired_also(slot), untold_of(slot)) == (told or [], untold)
