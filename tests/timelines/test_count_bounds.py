"""What of a contact is kept for counts has a bound, and what is beyond it is missed alone."""

from __future__ import annotations

from streamseg.core.counting.exposures import MOST

from .counted import counted, day_of

DAY = "2026-11-21"


def searches(count: int) -> tuple[str, str]:
    """So many segments, each told at a search of its own, a minute apart."""
    segments = "\n".join(
        f"- {{name: s{number}, on: searched, where: {{query: q{number}}}}}"
        for number in range(count)
    )
    timeline = "; ".join(f"10:{number:02d} searched c1 q{number}" for number in range(count))
    return segments, f"{timeline}; 11:00 order_placed c1 o1 total=5"


def test_of_more_than_sixteen_exposures_the_one_that_began_first_is_forgotten() -> None:
    assert MOST == 16
    for count in (MOST, MOST + 1):
        lines = counted(*searches(count))
        days = [day_of(lines, f"s{number}", DAY) for number in range(count)]
        assert [one["exposures"] for one in days] == [1] * count
        converted = [one.get("converted", 0) for one in days]
        assert converted == [0] * (count - MOST) + [1] * MOST
        assert [one.get("credited") for one in days] == [None] * (count - 1) + ["5"]
