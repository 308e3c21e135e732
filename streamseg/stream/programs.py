"""Runs work that would take too long in a worker's event loop in a process of its own: JSON in,
JSON out.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from streamseg.web.problems import RETRY, Problem

T = TypeVar("T")
WAIT_SECONDS: Final = 5.0  # for the program that runs already
NICER: Final = 10  # than the worker, which is to have the processor first
LEAST_PRIORITY: Final = 19


class Programs:
    """Runs modules as programs, one at a time: they share a machine with the worker."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._asked: dict[tuple[str, bytes], _Shared] = {}

    async def ask(self, module: str, given: bytes, answer: type[T], seconds: float) -> T:
        """The same as `run` for a program that only reads: equal questions that are asked while one
        of them is answered get its answer. Nothing is kept beyond that.
        """
        question = module, given
        shared = self._asked.get(question)
        if shared is None:
            told = asyncio.create_task(self._told(module, given, seconds))
            shared = self._asked[question] = _Shared(told)
        shared.waiting += 1
        try:
            return _decoded(await asyncio.shield(shared.told), answer)
        finally:
            shared.waiting -= 1
            if not shared.waiting:
                del self._asked[question]
                shared.told.cancel()  # where all have left before it was done

    async def run(self, module: str, given: bytes, answer: type[T], seconds: float) -> T:
        """The answer of the module's program to ``given``.

        Raises Problem: 503 where another program takes too long, 422 where this one does, or fails.
        """
        return _decoded(await self._told(module, given, seconds), answer)

    async def _told(self, module: str, given: bytes, seconds: float) -> bytes:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._lock.acquire()
        except TimeoutError:
            raise Problem(503, "busy", "another such question is being answered", RETRY) from None
        try:
            return await _run(module, given, seconds)
        finally:
            self._lock.release()


@dataclass
class _Shared:
    """What a program tells, and how many wait for it."""

    told: asyncio.Task[bytes]
    waiting: int = 0


def _decoded(told: bytes, answer: type[T]) -> T:
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
    with suppress(ProcessLookupError):
        os.setpriority(os.PRIO_PROCESS, process.pid, min(os.nice(0) + NICER, LEAST_PRIORITY))
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
