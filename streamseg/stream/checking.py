"""Checks rules for whoever asks, one at a time, in a process of its own."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import Final

import msgspec

from streamseg.rules.checking import Checked
from streamseg.web.answers import RuleProblem, RulesChecked
from streamseg.web.problems import RETRY, Problem

CHECK_SECONDS: Final = 20.0
WAIT_SECONDS: Final = 5.0  # for the check before


class RuleChecker:
    """Runs `streamseg.rules.checking`, and ends it where it takes too long."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def check(self, text: str) -> RulesChecked:
        """What is wrong with rules. Raises Problem where another check goes on for too long."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._lock.acquire()
        except TimeoutError:
            raise Problem(503, "busy", "another check of rules goes on", RETRY) from None
        try:
            found = await self._run(text)
        finally:
            self._lock.release()
        return RulesChecked(
            ok=not found.errors,
            errors=[RuleProblem(one.line, one.column, one.message) for one in found.errors],
            warnings=[RuleProblem(one.line, one.column, one.message) for one in found.warnings],
            segments=found.segments,
        )

    async def _run(self, text: str) -> Checked:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "streamseg.rules.checking"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        given = text.encode("utf-8", "surrogatepass")
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                told, _ = await process.communicate(given)
        except TimeoutError:
            detail = f"checking these rules takes more than {CHECK_SECONDS:.0f} s"
            raise Problem(422, "too_long", detail) from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
        try:
            return msgspec.json.decode(told, type=Checked)
        except msgspec.MsgspecError:
            raise Problem(422, "bad_rules", "these rules cannot be checked") from None
