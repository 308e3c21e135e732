"""Lines of files and of standard input, in chunks, with their places."""

import asyncio
import os
import sys
import threading
from codecs import BOM_UTF8
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from errno import EACCES, EBADF, EISDIR
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from streamseg.formats.fast_decoding import MAX_BYTES

STANDARD_INPUT = "-"
_CHUNK_BYTES = 1 << 20
# A line is kept up to a length at which it is refused for it, whatever the rest.
_LINE_BYTES = MAX_BYTES + 1


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive lines of one file, without their line ends; `first` is the first one's number."""

    file: str
    first: int
    lines: list[bytes]
    size: int


async def read_chunks(file: str) -> AsyncIterator[Chunk]:
    """The file's lines as they become readable; `-` is standard input. A byte order mark at its
    beginning is skipped.

    Raises OSError where the file cannot be read.
    """
    number, rest, is_begin = 1, b"", True
    with _opened(file) as descriptor:
        blocks = _read_now if S_ISREG(os.fstat(descriptor).st_mode) else _read_when_it_comes
        async for block in blocks(descriptor):
            rest += block
            if is_begin:
                if len(rest) < len(BOM_UTF8) and BOM_UTF8.startswith(rest):
                    continue
                rest, is_begin = rest.removeprefix(BOM_UTF8), False
            *lines, rest = rest.split(b"\n")
            rest = rest[:_LINE_BYTES]
            yield Chunk(file, number, lines, len(block))
            number += len(lines)
    if rest:
        yield Chunk(file, number, [rest], 0)


def file_size(file: str) -> int | None:
    """Its bytes; None where it has no size, as a pipe has none.

    Raises OSError where it cannot be read.
    """
    if file == STANDARD_INPUT:
        return None
    status = Path(file).stat()
    if S_ISDIR(status.st_mode):
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), file)
    if not os.access(file, os.R_OK):
        raise PermissionError(EACCES, os.strerror(EACCES), file)
    return status.st_size if S_ISREG(status.st_mode) else None


@contextmanager
def _opened(file: str) -> Iterator[int]:
    if file == STANDARD_INPUT:
        if sys.stdin is None:
            raise OSError(EBADF, "is closed", "standard input")
        yield sys.stdin.fileno()
        return
    with Path(file).open("rb", buffering=0) as handle:
        yield handle.fileno()


async def _read_now(descriptor: int) -> AsyncIterator[bytes]:
    while block := os.read(descriptor, _CHUNK_BYTES):
        yield block


async def _read_when_it_comes(descriptor: int) -> AsyncIterator[bytes]:
    """Reads a pipe or a terminal in a thread that holds up neither the loop nor the end.

    It is a daemon and reads the bare descriptor: one that is still waiting for input when the
    process ends must neither be joined nor hold a lock of the interpreter's.
    """
    loop = asyncio.get_running_loop()
    blocks: asyncio.Queue[bytes | OSError] = asyncio.Queue(maxsize=4)

    def put(block: bytes | OSError) -> None:
        asyncio.run_coroutine_threadsafe(blocks.put(block), loop).result()

    def read() -> None:
        try:
            while block := os.read(descriptor, _CHUNK_BYTES):
                put(block)
            put(b"")
        except OSError as error:
            put(error)

    def read_until_nobody_waits() -> None:
        # The loop ends before the input where the command is stopped.
        with suppress(CancelledError, RuntimeError):
            read()

    threading.Thread(target=read_until_nobody_waits, name="reading", daemon=True).start()
    while block := await blocks.get():
        if isinstance(block, OSError):
            raise block
        yield block
