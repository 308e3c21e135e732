"""A coarse grid of times and durations, so that instants collide and sit on boundaries."""

from typing import TypeVar

from hypothesis import strategies as st

Drawn = TypeVar("Drawn")


def either(*alternatives: st.SearchStrategy[Drawn]) -> st.SearchStrategy[Drawn]:
    """One of them, each as likely as the others (`one_of` counts what they are made of)."""
    return st.integers(0, len(alternatives) - 1).flatmap(lambda chosen: alternatives[chosen])


ORIGIN_MS = 1_795_255_200_000
"""2026-11-21T10:00:00Z."""
STEP_MS = 1_000
LENGTH = 16
AHEAD_MS = 5 * 60_000  # of its arrival, that an event may be dated
"""How many steps the events of a stream are spread over."""


def instant(step: int, offset_ms: int = 0) -> int:
    return ORIGIN_MS + step * STEP_MS + offset_ms


offsets = st.sampled_from([0] * 10 + [-1, 1])
instants = st.builds(instant, st.integers(0, LENGTH), offsets)
steps = st.sampled_from([1, 2, 3, 4, 5, 6, 8])


def written(count: int, in_ms: bool) -> str:
    return f"{count * STEP_MS}ms" if in_ms else f"{count}s"


durations = st.builds(written, steps, st.sampled_from([False] * 5 + [True]))
ladders = st.lists(steps, min_size=2, max_size=3, unique=True).map(
    lambda counts: [f"{count}s" for count in sorted(counts)]
)
latenesses = st.sampled_from(["0s", "0s", "1s", "2s", "3s", "5s"])
