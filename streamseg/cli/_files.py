"""The files that a command is given; `-` is a standard stream, and a closed stream is an error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from errno import EISDIR
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import typer

from streamseg.core.errors import StreamsegError

if TYPE_CHECKING:
    from streamseg.core.vocabulary import Ignored
    from streamseg.replay.reading import Line

STANDARD_STREAM = "-"


def standard_input() -> BinaryIO:
    """The bytes of standard input. Raises StreamsegError where it is closed."""
    if sys.stdin is None:
        raise StreamsegError("standard input is closed")
    return sys.stdin.buffer


def standard_output() -> BinaryIO:
    """The bytes of standard output. Raises StreamsegError where it is closed."""
    if sys.stdout is None:
        raise StreamsegError("standard output is closed")
    return sys.stdout.buffer


def open_input(name: str, stack: ExitStack) -> BinaryIO:
    """A file to read, closed with the stack. Raises StreamsegError."""
    if name == STANDARD_STREAM:
        return standard_input()
    try:
        if Path(name).is_dir():
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
        return stack.enter_context(Path(name).open("rb"))
    except OSError as error:
        raise StreamsegError(f"{name} cannot be read: {error.strerror}") from None


def merged_lines(
    names: Sequence[str], stack: ExitStack, ignored: Ignored | None = None
) -> Iterator[Line]:
    """The lines of files, those of several by time; what they are named after says which file.

    ``ignored`` counts fields of a wrong type.
    """
    from streamseg.replay.reading import merge, read_lines

    return merge([
        read_lines(open_input(name, stack), name, f"{place}:" if len(names) > 1 else "", ignored)
        for place, name in enumerate(names, start=1)
    ])  # fmt: skip


def open_output(path: Path, stack: ExitStack) -> BinaryIO:
    """A file to write, complete when the stack is closed. Raises StreamsegError."""
    if str(path) == STANDARD_STREAM:
        output = standard_output()
        stack.callback(output.flush)
        return output
    try:
        return stack.enter_context(path.open("wb"))
    except OSError as error:
        raise StreamsegError(f"{path} cannot be written: {error.strerror}") from None


def check_outputs(written: Mapping[str, Path], read: Sequence[Path]) -> None:
    """Raise BadParameter where an output would overwrite what is read, or another output.

    ``written`` has the files by the options that name them.
    """
    before: dict[str, Path] = {}
    for option, path in written.items():
        for one in read:
            if _is_same_file(path, one):
                message = f"{path} would overwrite {one}, which is read; name another file"
                raise typer.BadParameter(message, param_hint=option)
        for other, taken in before.items():
            if _is_same_file(path, taken):
                message = f"{path} is what {other} writes; name another file"
                raise typer.BadParameter(message, param_hint=option)
        before[option] = path


def _is_same_file(one: Path, other: Path) -> bool:
    """Whether what is written to one would be in the other; false of devices and streams."""
    if STANDARD_STREAM in (str(one), str(other)):
        return False
    if one.exists() and other.exists():
        return one.is_file() and one.samefile(other)
    return one.resolve() == other.resolve()


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """Ends the command quietly where standard output is closed early, as `| head` does."""
    try:
        yield
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more at its end and must find a descriptor that takes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
