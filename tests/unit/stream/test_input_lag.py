"""What an input tells of its lag does not depend on how fresh the last fetch is."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka import TopicPartition

from streamseg.stream.inputs import Input


class Record:
    def __init__(self, offset: int) -> None:
        self.offset = offset


@pytest.fixture
def source() -> Input:
    made = Input("events", TopicPartition("shop.events", 0))
    made.begin(100)
    records: list[Any] = [Record(offset) for offset in range(100, 150)]
    made.extend(records)
    made.observe(150, None, 1)  # a slow cycle: what the fetch saw of the end is not trusted
    made.note_ends(20_000, 20_100)
    return made


def test_a_fetch_from_before_a_pause_is_no_end_but_tells_the_lag(source: Input) -> None:
    assert not source.at_end
    assert source.lag == 20_000
    assert source.unstable == 100


def test_what_is_applied_is_no_lag(source: Input) -> None:
    source.next = 10
    assert source.lag == 20_100 - 110


def test_after_an_abort_the_lag_is_counted_from_the_last_commit(source: Input) -> None:
    source.next = 10
    source.restart()
    assert source.lag == 20_000


def test_before_any_fetch_the_ends_are_those_of_the_takeover() -> None:
    source = Input("events", TopicPartition("shop.events", 0))
    source.begin(100)
    assert source.lag == 0
    source.note_ends(None, 500)
    assert source.lag == 400
    source.note_ends(None, None)  # the first answer has not come yet
    assert source.lag == 400
