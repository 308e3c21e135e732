"""The log of a worker: one line an event on standard error, as text or as JSON.

Whoever logs through the standard library (this package, Faust, aiokafka, asyncio) and whoever
logs through structlog end in the same handler and look the same. Lines of the Kafka client are
rate-limited: with the broker away it retries by itself and would write thousands.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING, Any, Final, Literal, TextIO

import orjson
import structlog

from streamseg.observe.repeats import RepeatFilter

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

QUIET_SECONDS: Final = 30.0
_SERVICE: Final = re.compile(r"\[\^-*[^\]]*\]: ")
_LIFE_OF_SERVICES: Final = (
    "Starting...", "Stopping...", "Shutting down...", "Flush producer buffer...",
)  # fmt: skip
# What these loggers say below a level is of no use to who runs a worker.
_FLOORS: Final = {
    "aiokafka": logging.WARNING,
    "faust": logging.WARNING,
    "mode": logging.WARNING,
    "aiohttp.access": logging.WARNING,
}


def configure_logging(
    form: Literal["text", "json"] = "text", level: str = "info", stream: TextIO | None = None
) -> None:
    """Sends all logging to `stream` (standard error), replacing what was set up before.

    `level` is the least that is shown: debug, info, warning or error. With `debug` the libraries
    speak too. Raises ValueError for another level.
    """
    stream = sys.stderr if stream is None else stream
    root, threshold = logging.getLogger(), _number(level)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(form, colors=stream.isatty()))
    handler.addFilter(RepeatFilter("aiokafka", QUIET_SECONDS))
    handler.addFilter(_without_service_names)
    handler.addFilter(_retried_is_a_warning)
    root.handlers[:] = [handler]
    root.setLevel(threshold)
    for name, floor in _FLOORS.items():
        logger = logging.getLogger(name)
        logger.setLevel(logging.NOTSET if threshold <= logging.DEBUG else max(floor, threshold))
        logger.propagate = True
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _without_service_names(record: logging.LogRecord) -> bool:
    """Services of mode log under the module of their class, as `[^--Host]: Starting...`.

    The name in front is taken away; the lines of their life say nothing to who runs a worker.
    """
    message = str(record.msg)
    found = _SERVICE.match(message)
    if found is None or logging.getLogger().level <= logging.DEBUG:
        return True
    record.msg = message[found.end() :]
    return record.msg not in _LIFE_OF_SERVICES


def _retried_is_a_warning(record: logging.LogRecord) -> bool:
    """What the Kafka client tries again by itself is no error, as on a cluster's first minute."""
    if record.levelno == logging.ERROR and record.name.startswith("aiokafka") and record.args:
        arguments = record.args if isinstance(record.args, tuple) else (record.args,)
        if any(getattr(one, "retriable", False) for one in arguments):
            record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True


def _number(level: str) -> int:
    found = logging.getLevelNamesMapping().get(level.upper())
    if found is None:
        raise ValueError(f"{level!r} is no log level; it is debug, info, warning or error")
    return found


def _shared() -> list[Processor]:
    """What every line gets, wherever it comes from."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _milliseconds,
        structlog.processors.StackInfoRenderer(),
    ]


def _milliseconds(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Times look as everywhere else in Streamseg: three decimals and `Z`."""
    event["time"] = event["time"][:23] + "Z"
    return event


def _formatter(form: str, *, colors: bool) -> logging.Formatter:
    render: list[Processor]
    if form == "json":
        render = [
            structlog.processors.format_exc_info,
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(serializer=_json),
        ]
    else:
        plain = structlog.dev.plain_traceback
        render = [
            structlog.dev.ConsoleRenderer(
                colors=colors, timestamp_key="time", exception_formatter=plain, pad_event_to=0
            )
        ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
    )


def _json(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
