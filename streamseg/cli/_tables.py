"""Files of quantile tables, as commands are given them."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from streamseg.cli._files import open_input
from streamseg.core.errors import StreamsegError
from streamseg.core.tables.mail import TableSet
from streamseg.formats.tables import decode_tables


def tables_of(path: Path) -> list[TableSet]:
    """The quantile tables of a file, ascending. Raises StreamsegError."""
    found = []
    with ExitStack() as stack:
        for number, line in enumerate(open_input(str(path), stack), start=1):
            try:
                found.append(decode_tables(line))
            except ValueError as error:
                raise StreamsegError(
                    f"{path}:{number}: no tables of quantiles ({error}); `streamseg tables export` "
                    "writes such a file"
                ) from None
    return sorted(found, key=lambda one: one.boundary)
