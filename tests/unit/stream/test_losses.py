"""A loss stops a worker with what is gone and the choices; accepted, it is counted and passed."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from aiokafka import TopicPartition

from streamseg.observe.stats import WorkerStats
from streamseg.stream.errors import LossError
from streamseg.stream.losses import Losses, StateLog

EVENTS, CHANGELOG = TopicPartition("t.events", 3), TopicPartition("t.changelog", 3)
Check = Callable[[Losses], object]

LOSSES: list[tuple[Check, TopicPartition, int, str]] = [
    (
        lambda losses: losses.check_input(EVENTS, 40, 2_000, 3_000),
        EVENTS,
        1_960,
        "1960 records of t.events-3 (offsets 40 to 1999) were deleted before they were read",
    ),
    (
        lambda losses: losses.check_input(EVENTS, 40, 0, 5),
        EVENTS,
        35,
        "t.events-3 ends at offset 5, but was read up to 40",
    ),
    (
        lambda losses: losses.check_log(CHANGELOG, StateLog("a", 0), StateLog("b", 0)),
        CHANGELOG,
        1,
        "t.changelog-3 was deleted and made anew",
    ),
    (
        lambda losses: losses.check_log(CHANGELOG, StateLog("a", 0), StateLog("a", 70)),
        CHANGELOG,
        70,
        "the first records of t.changelog-3 (offsets 0 to 69) were deleted",
    ),
    (
        lambda losses: losses.check_state(CHANGELOG, EVENTS, 40, 50),
        CHANGELOG,
        10,
        "t.changelog-3 lacks what was written last",
    ),
    (
        lambda losses: losses.check_empty(CHANGELOG, EVENTS, 50),
        CHANGELOG,
        50,
        "t.changelog-3 has no state, but the group has worked t.events-3 off up to offset 50",
    ),
]


@pytest.mark.parametrize(("check", "tp", "count", "message"), LOSSES)
def test_a_loss_stops_with_the_choices_and_is_counted(
    check: Check, tp: TopicPartition, count: int, message: str
) -> None:
    stats = WorkerStats()
    with pytest.raises(LossError) as met:
        check(Losses(stats, accepted=False))
    assert message in str(met.value)
    assert "--accept-loss" in str(met.value)
    assert "anew" in str(met.value)
    assert stats.lost == {(tp.topic, tp.partition): count}


@pytest.mark.parametrize(("check", "tp", "count", "message"), LOSSES)
def test_a_loss_that_is_accepted_is_logged_and_counted(
    check: Check,
    tp: TopicPartition,
    count: int,
    message: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    stats = WorkerStats()
    with caplog.at_level(logging.ERROR):
        check(Losses(stats, accepted=True))
    assert message in caplog.text
    assert stats.lost == {(tp.topic, tp.partition): count}


@pytest.mark.parametrize(
    "check",
    [
        lambda losses: losses.check_input(EVENTS, 40, 40, 40),
        lambda losses: losses.check_input(EVENTS, 40, 0, 400),
        lambda losses: losses.check_log(CHANGELOG, StateLog("a", 7), StateLog("a", 7)),
        lambda losses: losses.check_log(CHANGELOG, StateLog("", 0), StateLog("a", 0)),
        lambda losses: losses.check_log(CHANGELOG, StateLog("a", 0), StateLog("", 0)),
        lambda losses: losses.check_state(CHANGELOG, EVENTS, 50, 50),
        lambda losses: losses.check_state(CHANGELOG, EVENTS, 50, 0),
        lambda losses: losses.check_empty(CHANGELOG, EVENTS, 0),
    ],
)
def test_what_is_all_there_is_no_loss(check: Check) -> None:
    stats = WorkerStats()
    check(Losses(stats, accepted=False))
    assert not stats.lost
