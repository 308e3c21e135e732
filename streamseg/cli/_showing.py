"""Progress of records on standard error: a bar on a terminal, otherwise nothing but lines said."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class Display(Protocol):
    """Where a command shows how far it is and says what it meets on the way."""

    def show(self, records: int, bytes_read: int | None = None) -> None:
        """So many records are through, and so many bytes of the input are read."""

    def say(self, line: str) -> None:
        """A line that stays."""


@contextmanager
def showing(verb: str, total_bytes: int | None = None) -> Iterator[Display]:
    """Shows how many records are `verb` ("sent"); `total_bytes` None: the end is not known."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    if not console.is_terminal:
        yield _Plain(console)
        return
    moving = [SpinnerColumn()] if total_bytes is None else [BarColumn(), TaskProgressColumn()]
    left = [TimeElapsedColumn()] if total_bytes is None else [TimeRemainingColumn()]
    columns = [*moving, TextColumn("{task.fields[records]:,} records"), *left]
    with Progress(*columns, console=console, transient=True) as progress:
        yield _Bar(progress, verb, total_bytes)


class _Plain:
    def __init__(self, console: Console) -> None:
        self._console = console

    def show(self, records: int, bytes_read: int | None = None) -> None:
        pass

    def say(self, line: str) -> None:
        self._console.print(line, markup=False)


class _Bar(_Plain):
    def __init__(self, progress: Progress, verb: str, total_bytes: int | None) -> None:
        super().__init__(progress.console)
        self._progress = progress
        self._task = progress.add_task(verb, total=total_bytes, records=0)

    def show(self, records: int, bytes_read: int | None = None) -> None:
        self._progress.update(self._task, records=records, completed=bytes_read)
