"""One line per message and interval, with the number of those held back."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from streamseg.observe.repeats import MOST_TEMPLATES, RepeatFilter


class Log:
    """A handler that keeps its lines, behind a filter whose clock the test sets."""

    def __init__(self) -> None:
        self.now = 0.0
        self.lines: list[str] = []
        handler = logging.Handler()
        handler.emit = lambda record: self.lines.append(record.getMessage())  # type: ignore[method-assign]
        handler.addFilter(RepeatFilter("kafka", 30.0, clock=lambda: self.now))
        self.handler = handler


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    root = logging.getLogger()
    root.addHandler(log.handler)
    yield log
    root.removeHandler(log.handler)


KAFKA = logging.getLogger("kafka.conn")


def test_a_message_is_written_once_an_interval_whatever_its_arguments(log: Log) -> None:
    for node in range(100):
        KAFKA.warning("Unable to connect to node %s", node)
    assert log.lines == ["Unable to connect to node 0"]


def test_the_next_line_says_how_many_were_held_back(log: Log) -> None:
    for second in (0, 10, 29, 31, 32, 70):
        log.now = second
        KAFKA.warning("no answer from %s", second)
    assert log.lines == [
        "no answer from 0",
        "no answer from 31 (2 lines like this held back in the last 31 s)",
        "no answer from 70 (1 line like this held back in the last 39 s)",
    ]


def test_a_line_after_a_quiet_interval_says_nothing_of_others(log: Log) -> None:
    for second in (0, 30):
        log.now = second
        KAFKA.warning("no answer")
    assert log.lines == ["no answer", "no answer"]


def test_numbers_in_a_message_without_arguments_do_not_make_it_another(log: Log) -> None:
    for attempt in range(3):
        KAFKA.warning(f"attempt {attempt} failed")
    assert log.lines == ["attempt 0 failed"]


def test_a_message_that_holds_a_percent_sign_survives(log: Log) -> None:
    for second in (0, 1, 40):
        log.now = second
        KAFKA.warning(f"disk {second}% full")
    assert log.lines == [
        "disk 0% full",
        "disk 40% full (1 line like this held back in the last 40 s)",
    ]


def test_messages_levels_and_loggers_are_told_apart(log: Log) -> None:
    KAFKA.warning("one")
    KAFKA.warning("two")
    KAFKA.error("one")
    logging.getLogger("kafka.group").warning("one")
    assert log.lines == ["one", "two", "one", "one"]


def test_other_loggers_are_left_alone(log: Log) -> None:
    for name in ("streamseg", "kafkaesque"):
        for _ in range(2):
            logging.getLogger(name).warning("again")
    assert log.lines == ["again"] * 4


def test_it_does_not_remember_messages_without_end(log: Log) -> None:
    KAFKA.warning("the first")
    for number in range(MOST_TEMPLATES):
        KAFKA.warning("x" * (number + 1))
    log.lines.clear()
    KAFKA.warning("the first")
    KAFKA.warning("x" * MOST_TEMPLATES)
    assert log.lines == ["the first"]


def test_what_was_not_written_for_longest_is_forgotten_first(log: Log) -> None:
    KAFKA.warning("often")
    KAFKA.warning("once")
    log.now = 40
    KAFKA.warning("often")
    for number in range(MOST_TEMPLATES - 1):  # one too many
        KAFKA.warning("x" * (number + 1))
    log.lines.clear()
    KAFKA.warning("often")
    assert log.lines == []
