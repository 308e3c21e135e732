"""The rate of a stream of records, on a clock moved by hand."""

import pytest

from streamseg.produce.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_without_a_rate_nothing_waits() -> None:
    pace = Pace(None)
    assert pace.owes_s(1_000_000) == 0.0


def test_waits_add_up_to_the_rate() -> None:
    clock = Clock()
    pace = Pace(100.0, clock)
    for _ in range(10):
        clock.now += pace.owes_s(25)
    assert clock.now == pytest.approx(102.5)


def test_time_spent_sending_is_not_waited_again() -> None:
    clock = Clock()
    pace = Pace(100.0, clock)
    assert pace.owes_s(50) == pytest.approx(0.5)
    clock.now += 2.0
    assert pace.owes_s(50) == 0.0


@pytest.mark.parametrize(("rate", "records"), [(1.0, 1), (50.0, 1), (10_000.0, 200)])
def test_a_slice_is_what_is_due_in_about_20_ms(rate: float, records: int) -> None:
    assert Pace(rate).slice == records
