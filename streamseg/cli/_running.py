"""Runs coroutines that talk to Kafka: to their end, or until the command is stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from stat import S_ISFIFO
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from streamseg.settings import Settings

T = TypeVar("T")
STOPPED = 130
_STOPPING = (signal.SIGINT, signal.SIGTERM)


def run_until_stopped(main: Coroutine[Any, Any, None], *, while_read: bool = False) -> bool:
    """Runs `main` to its end, or until Ctrl-C or SIGTERM cancel it; True if they did.

    With `while_read` it is cancelled too when nobody reads standard output any more: a command that
    has nothing to write for long would not find that out.
    """

    handlers = {number: signal.getsignal(number) for number in _STOPPING}

    async def run() -> bool:
        task = asyncio.ensure_future(main)
        loop = asyncio.get_running_loop()
        stopped = False

        def stop() -> None:
            nonlocal stopped
            stopped = True
            task.cancel()

        for number in _STOPPING:
            loop.add_signal_handler(number, stop)
        if while_read and S_ISFIFO(os.fstat(sys.stdout.fileno()).st_mode):
            # The end of a pipe that one writes to becomes readable only when its reader is gone.
            loop.add_reader(sys.stdout.fileno(), stop)
        try:
            await task
        except asyncio.CancelledError:
            if not stopped:
                raise
        return stopped

    try:
        return asyncio.run(run())
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def run_plainly(settings: Settings, main: Coroutine[Any, Any, T]) -> T:
    """Runs `main` to its end. Raises KafkaRefusedError for what Kafka refuses."""
    from streamseg.kafka.refusals import told_plainly

    async def run() -> T:
        async with told_plainly(settings):
            return await main

    return asyncio.run(run())
