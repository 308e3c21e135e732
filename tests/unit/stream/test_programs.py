"""Programs beside the worker: one at a time, and one for questions that are equal."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

import pytest

from streamseg.stream import programs
from streamseg.stream.programs import Programs
from streamseg.web.problems import Problem

ONE = ("a.module", b"1")
OTHER = ("a.module", b"2")


class Started:
    """Stands for the programs: what was started, and what each is to tell when it may end."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[str, bytes]] = []
        self.ended: list[bytes] = []
        self.may_end = asyncio.Event()
        self.fails = False
        monkeypatch.setattr(programs, "_run", self._run)

    async def _run(self, module: str, given: bytes, seconds: float) -> bytes:
        self.asked.append((module, given))
        try:
            await self.may_end.wait()
        finally:
            self.ended.append(given)
        if self.fails:
            raise Problem(422, "too_long", "it takes too long")
        return given


def running(
    monkeypatch: pytest.MonkeyPatch, test: Callable[[Programs, Started], object]
) -> Started:
    """Run a test, a coroutine, on programs."""

    async def run() -> Started:
        started = Started(monkeypatch)
        await test(Programs(), started)  # type: ignore[misc]
        return started

    return asyncio.run(run())


def ask(some: Programs, question: tuple[str, bytes]) -> asyncio.Task[int]:
    return asyncio.create_task(some.ask(*question, int, 5.0))


async def turn() -> None:
    """Let all tasks go as far as they can."""
    for _ in range(9):
        await asyncio.sleep(0)


def test_equal_questions_at_the_same_time_are_one_program(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(some: Programs, started: Started) -> None:
        asked = [ask(some, one) for one in (ONE, ONE, OTHER, ONE)]
        await turn()
        started.may_end.set()
        assert await asyncio.gather(*asked) == [1, 1, 2, 1]
        assert await ask(some, ONE) == 1  # later: what was told is not kept

    assert running(monkeypatch, test).asked == [ONE, OTHER, ONE]


def test_a_program_leaves_the_processor_to_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[int, int, int]] = []
    monkeypatch.setattr(os, "setpriority", lambda *one: given.append(one))
    assert asyncio.run(Programs().run("json.tool", b"7", int, 20.0)) == 7
    ((which, process, nice),) = given
    assert (which, process != os.getpid()) == (os.PRIO_PROCESS, True)
    assert nice > os.getpriority(os.PRIO_PROCESS, 0)


def test_what_does_something_is_done_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(some: Programs, started: Started) -> None:
        started.may_end.set()
        await asyncio.gather(*(some.run(*ONE, int, 5.0) for _ in range(2)))

    assert running(monkeypatch, test).asked == [ONE, ONE]


def test_who_leaves_takes_the_answer_from_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(some: Programs, started: Started) -> None:
        first, second = ask(some, ONE), ask(some, ONE)
        await turn()
        first.cancel()
        await turn()
        assert not started.ended
        started.may_end.set()
        assert await second == 1

    running(monkeypatch, test)


def test_what_nobody_waits_for_any_more_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(some: Programs, started: Started) -> None:
        asked = [ask(some, ONE), ask(some, ONE)]
        await turn()
        for one in asked:
            one.cancel()
        again = ask(some, ONE)  # before the program has ended
        await turn()
        assert started.ended == [b"1"]
        started.may_end.set()
        assert await again == 1

    running(monkeypatch, test)


def test_a_failure_is_told_to_all_who_wait_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(some: Programs, started: Started) -> None:
        started.fails = True
        asked = [ask(some, ONE), ask(some, ONE)]
        await turn()
        started.may_end.set()
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert [one.code for one in found if isinstance(one, Problem)] == ["too_long"] * 2
        started.fails = False
        assert await ask(some, ONE) == 1

    assert running(monkeypatch, test).asked == [ONE, ONE]


def test_who_joins_late_waits_no_longer_than_who_asked_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another program goes on: who waits for it is told that it is busy."""
    monkeypatch.setattr(programs, "WAIT_SECONDS", 0.01)

    async def test(some: Programs, started: Started) -> None:
        going = ask(some, OTHER)
        await turn()
        asked = [ask(some, ONE), ask(some, ONE)]
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert [one.code for one in found if isinstance(one, Problem)] == ["busy"] * 2
        started.may_end.set()
        assert await going == 2

    assert running(monkeypatch, test).asked == [OTHER]
