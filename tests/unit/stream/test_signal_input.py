"""Signals are applied in the order of their times, and what is applied is known exactly.

offset   0    1    2    3        written by two catalog partitions, each in its own order
time    10   40   20   30
applied  1st  4th  2nd  3rd
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from aiokafka import TopicPartition

from streamseg.core.errors import StateError
from streamseg.core.messages.outcomes import ProductChange
from streamseg.formats.signals import ROLL, encode_change
from streamseg.stream.inputs import SignalInput

TIMES = [10, 40, 20, 30]


@dataclass
class Record:
    offset: int
    value: bytes


def records(times: list[int], first: int = 0) -> list[Record]:
    return [
        Record(first + index, encode_change(ProductChange("p", time)))
        for index, time in enumerate(times)
    ]


def source(offset: int = 0, ahead: list[int] | None = None, end: int = 4) -> SignalInput:
    signals = SignalInput("signals", TopicPartition("signals", 0))
    signals.begin_ahead(offset, ahead or [])
    signals.observe(end, end, 1)
    return signals


def popped(signals: SignalInput, count: int) -> list[int]:
    times = []
    for _ in range(count):
        head = signals.head()
        assert head is not None
        times.append(head[0])
        signals.pop()
    return times


def test_they_come_in_the_order_of_their_times() -> None:
    signals = source()
    signals.extend(records(TIMES))
    assert popped(signals, 4) == [10, 20, 30, 40]
    assert signals.drained
    assert signals.reached == 4


def test_none_is_given_while_an_older_one_may_still_be_read() -> None:
    signals = source()
    signals.observe(3, 4, 1)
    signals.extend(records(TIMES[:3]))
    assert signals.head() is None
    signals.observe(4, 4, 2)
    signals.extend(records(TIMES[3:], first=3))
    assert popped(signals, 4) == [10, 20, 30, 40]


def test_none_is_given_before_the_target_is_read_whatever_the_fetch_says() -> None:
    signals = source()
    signals.target = 5
    signals.extend(records(TIMES))
    assert signals.head() is None


@pytest.mark.parametrize("done", range(5))
def test_a_restart_applies_the_rest_and_nothing_twice(done: int) -> None:
    before = source()
    before.extend(records(TIMES))
    first = popped(before, done)
    before.commit()
    after = source(before.committed, before.committed_ahead())
    after.extend(records(TIMES)[before.committed :])
    assert first + popped(after, 4 - done) == [10, 20, 30, 40]
    assert after.head() is None


@pytest.mark.parametrize("read", range(5))
def test_what_is_not_read_again_yet_stays_known_as_applied(read: int) -> None:
    before = source()
    before.extend(records(TIMES))
    popped(before, 3)
    before.commit()
    assert (before.committed, before.committed_ahead()) == (1, [2, 3])
    between = source(1, [2, 3])
    between.observe(max(1, read), 4, 1)
    between.extend(records(TIMES)[1:read])
    between.commit()
    after = source(between.committed, between.committed_ahead())
    after.extend(records(TIMES)[between.committed :])
    assert popped(after, 1) == [40]


def test_an_aborted_transaction_goes_back_to_the_last_commit() -> None:
    signals = source()
    signals.extend(records(TIMES))
    popped(signals, 2)
    signals.commit()
    popped(signals, 2)
    signals.restart()
    signals.observe(4, 4, 2)
    signals.extend(records(TIMES)[signals.committed :])
    assert popped(signals, 2) == [30, 40]


def test_a_record_that_is_no_signal_is_set_aside_and_passed() -> None:
    signals = source(end=2)
    signals.extend([Record(0, b"nonsense"), *records([10], first=1)])
    assert [record.offset for record, _ in signals.refused] == [0]
    assert signals.reached == 1
    assert popped(signals, 1) == [10]


@pytest.mark.parametrize("seed", range(20))
def test_what_is_ahead_are_exactly_the_offsets_that_are_applied(seed: int) -> None:
    rng = random.Random(seed)
    times = [rng.randrange(100) for _ in range(30)]
    offsets = sorted(rng.sample(range(60), 30))  # markers take the others
    signals = source(end=60)
    signals.extend(
        [
            Record(offset, encode_change(ProductChange("p", time)))
            for offset, time in zip(offsets, times, strict=True)
        ]
    )
    order = [offset for _, offset in sorted(zip(times, offsets, strict=True))]
    for done in range(31):
        applied = set(order[:done])
        runs = signals.ahead()
        told = {one for one in offsets if any(a <= one <= b for a, b in pairs(runs))}
        assert {one for one in offsets if one < signals.reached} | told == applied
        assert signals.reached == min((one for one in offsets if one not in applied), default=60)
        holes = [one for one in offsets if one >= signals.reached and one not in applied]
        assert len(runs) // 2 <= len(holes)  # neighbours are one run, whatever lies between
        if done < 30:
            popped(signals, 1)


def pairs(runs: list[int]) -> list[tuple[int, int]]:
    return list(zip(runs[::2], runs[1::2], strict=True))


def test_a_record_without_a_meaning_is_passed() -> None:
    signals = source(end=3)
    signals.extend([Record(0, ROLL), *records([10], 1), Record(2, ROLL)])
    assert signals.reached == 1
    assert popped(signals, 1) == [10]
    assert signals.drained
    assert signals.reached == 3
    assert not signals.refused


@pytest.mark.parametrize(
    "value", [b"\0grave\x01", b"\0", b"\0mail\x96\xa1k", b"\0rolls", b'{"type":"x"}']
)
def test_what_a_newer_version_wrote_stops_it_and_names_the_place(value: bytes) -> None:
    """It may be state on its way: as a dead letter it would be left out."""
    signals = source()
    with pytest.raises(StateError, match=r"^signals-0-1: .*newer version"):
        signals.extend([*records([10]), Record(1, value)])
    assert not signals.refused


def test_what_nobody_may_have_written_is_refused() -> None:
    signals = source()
    signals.extend([Record(0, b"noise"), Record(1, b"[]"), Record(2, b"")])
    assert [error.code for _, error in signals.refused] == ["not_json", "not_object", "not_json"]
