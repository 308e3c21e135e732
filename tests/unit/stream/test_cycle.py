"""How long a cycle works before it commits."""

from __future__ import annotations

import pytest

from streamseg.stream.cycle import drain_seconds


@pytest.mark.parametrize(
    ("commit_seconds", "seconds"),
    [(0.0, 0.2), (0.01, 0.2), (0.05, 0.2), (0.1, 0.4), (0.125, 0.5), (3.0, 0.5)],
)
def test_in_a_backlog_a_slow_commit_lets_the_next_batch_grow(
    commit_seconds: float, seconds: float
) -> None:
    assert drain_seconds(commit_seconds) == pytest.approx(seconds)
