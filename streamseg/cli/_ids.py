"""Ids of contacts, as the command line has them."""

from __future__ import annotations

import typer

from streamseg.core.vocabulary import MAX_ID_BYTES


def check_id(given: str) -> None:
    """Raises BadParameter for what no contact's id can be."""
    try:
        size = len(given.encode())
    except UnicodeEncodeError:
        raise typer.BadParameter(f"{given!r} is no id: it is not UTF-8") from None
    if not 0 < size <= MAX_ID_BYTES:
        raise typer.BadParameter(f"{given!r} is no id: it must have 1 to {MAX_ID_BYTES} bytes")
