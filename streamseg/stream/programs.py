"""Runs work that would take too long in a worker's event loop in a process of its own: JSON in,
JSON out.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import Final, TypeVar

import msgspec

from streamseg.web.problems import RETRY, Problem

T = TypeVar("T")
WAIT_SECONDS: Final = 5.0  # for the program that runs already


class Programs:
    """Runs modules as programs, one at a time: they share a machine with the worker."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def run(self, module: str, given: bytes, answer: type[T], seconds: float) -> T:
        """The answer of the module's program to ``given``.

        Raises Problem: 503 where another program takes too long, 422 where this one does, or fails.
        """
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._lock.acquire()
        except TimeoutError:
            raise Problem(503, "busy", "another such question is being answered", RETRY) from None
        try:
            told = await _run(module, given, seconds)
        finally:
            self._lock.release()
        try:
            return msgspec.json.decode(told, type=answer)
        except msgspec.MsgspecError:
            raise Problem(422, "no_answer", "this cannot be answered; see the log") from None


async def _run(module: str, given: bytes, seconds: float) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(seconds):
            told, _ = await process.communicate(given)
    except TimeoutError:
        raise Problem(422, "too_long", f"it takes more than {seconds:.0f} s") from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
    return told
