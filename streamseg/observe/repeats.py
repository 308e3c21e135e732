"""Lets a log line through once per interval, however often it is written."""

from __future__ import annotations

import logging
import re
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_TEMPLATES: Final = 1_000  # remembered at once; the longest unseen is forgotten first
_NUMBER: Final = re.compile(r"\d+")


class RepeatFilter(logging.Filter):
    """Of the lines of one logger and those below it, one per message template and interval.

    Lines with the same logger, level and text before its arguments are filled in are the same;
    numbers in that text do not count. The next line that is let through says how many were held
    back. It belongs on a handler: a filter on a logger does not see what loggers below it write.
    """

    def __init__(self, name: str, seconds: float, clock: Callable[[], float] = monotonic) -> None:
        super().__init__(name)
        self._seconds = seconds
        self._clock = clock
        self._seen: dict[tuple[str, int, str], tuple[float, int]] = {}  # shown at, held back since

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this line is written."""
        if not super().filter(record):  # of another logger
            return True
        key = (record.name, record.levelno, _NUMBER.sub("#", str(record.msg)))
        now = self._clock()
        shown_at, held_back = self._seen.get(key, (None, 0))
        if shown_at is not None and now - shown_at < self._seconds:
            self._seen[key] = (shown_at, held_back + 1)
            return False
        self._seen.pop(key, None)  # the order of the keys is that of the times
        if len(self._seen) >= MOST_TEMPLATES:
            del self._seen[next(iter(self._seen))]
        self._seen[key] = (now, 0)
        if shown_at is not None and held_back:
            record.msg = f"{record.getMessage()} ({_so_many(held_back, now - shown_at)})"
            record.args = None
        return True


def _so_many(held_back: int, seconds: float) -> str:
    lines = "1 line" if held_back == 1 else f"{held_back} lines"
    return f"{lines} like this held back in the last {seconds:.0f} s"
