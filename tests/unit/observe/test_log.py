"""The log as text and as JSON."""

from __future__ import annotations

import io
import json
import logging
import re
import warnings
from collections.abc import Iterator

import pytest
import structlog
from aiokafka.errors import GroupCoordinatorNotAvailableError, TopicAuthorizationFailedError

from streamseg.observe.log import configure_logging

NAMES = ("aiokafka", "faust", "mode", "aiohttp.access")


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    loggers = [logging.getLogger(), *map(logging.getLogger, NAMES)]
    before = [(logger, logger.level, logger.propagate, logger.handlers[:]) for logger in loggers]
    yield
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    for logger, level, propagate, handlers in before:
        logger.setLevel(level)
        logger.propagate = propagate
        logger.handlers[:] = handlers


def test_a_line_of_text_has_time_level_message_and_logger() -> None:
    stream = io.StringIO()
    configure_logging("text", "info", stream)
    logging.getLogger("streamseg.stream").warning("no answer for %d s", 5)
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \[warning  \] no answer for 5 s "
        r"\[streamseg\.stream\]\n",
        stream.getvalue(),
    )


def test_json_lines_of_both_libraries_look_the_same() -> None:
    stream = io.StringIO()
    configure_logging("json", "info", stream)
    logging.getLogger("a").info("restored %s", "it")
    structlog.get_logger("a").info("restored it")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first.keys() == second.keys() == {"time", "level", "logger", "message"}
    first.pop("time"), second.pop("time")
    assert first == second == {"level": "info", "logger": "a", "message": "restored it"}


def test_fields_are_kept() -> None:
    stream = io.StringIO()
    configure_logging("json", "info", stream)
    with structlog.contextvars.bound_contextvars(worker="w-1"):
        structlog.get_logger("a").info("claimed", partitions={3: "x"})
        logging.getLogger("b").info("claimed")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (first["partitions"], first["worker"]) == ({"3": "x"}, "w-1")
    assert second["worker"] == "w-1"


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_exception_is_told_with_its_traceback(form: str) -> None:
    stream = io.StringIO()
    configure_logging(form, "info", stream)  # type: ignore[arg-type]
    try:
        int("the cause")
    except ValueError:
        logging.getLogger("a").exception("failed")
    written = stream.getvalue()
    if form == "json":
        assert written.count("\n") == 1
        written = json.loads(written)["exception"]
    assert "Traceback (most recent call last)" in written
    assert "ValueError: invalid literal for int() with base 10: 'the cause'" in written


def test_what_is_below_the_level_is_not_written() -> None:
    stream = io.StringIO()
    configure_logging("json", "warning", stream)
    logging.getLogger("a").info("no")
    structlog.get_logger("a").info("no")
    logging.getLogger("a").error("yes")
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == ["yes"]


def test_the_libraries_speak_below_warnings_only_with_debug() -> None:
    for level, expected in (("info", []), ("debug", list(NAMES))):
        stream = io.StringIO()
        configure_logging("json", level, stream)
        for name in NAMES:
            logging.getLogger(f"{name}.part").debug("detail")
        lines = [json.loads(line) for line in stream.getvalue().splitlines()]
        assert [line["logger"].removesuffix(".part") for line in lines] == expected


def test_warnings_of_the_libraries_still_keep_a_higher_level() -> None:
    stream = io.StringIO()
    configure_logging("json", "error", stream)
    logging.getLogger("aiokafka").warning("no")
    assert stream.getvalue() == ""


def test_lines_of_the_kafka_client_are_rate_limited() -> None:
    stream = io.StringIO()
    configure_logging("json", "info", stream)
    for node in range(50):
        logging.getLogger("aiokafka.conn").warning("Unable to connect to node %s", node)
        logging.getLogger("streamseg").warning("ours %s", node)
    loggers = [json.loads(line)["logger"] for line in stream.getvalue().splitlines()]
    assert loggers.count("aiokafka.conn") == 1
    assert loggers.count("streamseg") == 50


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("info", ["cannot listen", "five things"]),
        ("debug", ["[^--Host]: Starting...", "[^---Host]: cannot listen", "[^-App]: five things"]),
    ],
)
def test_services_are_told_of_only_where_they_say_something(
    level: str, expected: list[str]
) -> None:
    stream = io.StringIO()
    configure_logging("json", level, stream)
    logger = logging.getLogger("streamseg.stream.app")
    logger.info("[^--Host]: Starting...")
    logger.critical("[^---Host]: cannot %s", "listen")
    logger.info("[^-App]: %s things", "five")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["message"] for line in lines] == expected


def test_python_warnings_go_to_the_log() -> None:
    stream = io.StringIO()
    configure_logging("json", "info", stream)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning("old", DeprecationWarning, "file.py", 1)
    assert "DeprecationWarning: old" in json.loads(stream.getvalue())["message"]


def test_configuring_twice_writes_each_line_once() -> None:
    stream = io.StringIO()
    for _ in range(2):
        configure_logging("json", "info", stream)
    logging.getLogger("a").info("once")
    assert stream.getvalue().count("\n") == 1


def test_what_the_kafka_client_tries_again_is_no_error() -> None:
    stream = io.StringIO()
    configure_logging("json", "info", stream)
    log = logging.getLogger("aiokafka.consumer.group_coordinator")
    log.error("Group Coordinator Request failed: %s", GroupCoordinatorNotAvailableError())
    log.error("Unexpected error: %s", TopicAuthorizationFailedError())
    levels = [json.loads(line)["level"] for line in stream.getvalue().splitlines()]
    assert levels == ["warning", "error"]


def test_an_unknown_level_is_an_error() -> None:
    with pytest.raises(ValueError, match="'loud' is no log level"):
        configure_logging("text", "loud")
