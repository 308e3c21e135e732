"""Times and durations as they are given on the command line."""

from __future__ import annotations

import typer

from streamseg.core.values.timestamps import LATEST_MS, parse_duration, parse_time
from streamseg.formats.wire import LEAST_MS


def instant(text: str) -> int:
    """RFC 3339 or ms since 1970, in ms since 1970; as in an event, less than 1973 is seconds."""
    try:
        if text.isdigit() and LEAST_MS <= int(text) <= LATEST_MS:
            return int(text)
        return parse_time(text)
    except ValueError as error:
        hint = "write for example 2026-11-22T12:00:00Z, or ms (not seconds) since 1970"
        raise typer.BadParameter(f"{error}; {hint}") from None


def duration(text: str) -> int:
    """A whole number with its unit, in ms."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}; write for example 90s, 1h or 30d") from None
