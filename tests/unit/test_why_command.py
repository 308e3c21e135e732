"""`streamseg why` where workers answer: what they refuse is told in the command's own terms."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from streamseg.cli import _asking
from streamseg.cli._asking import Question, answer_of
from streamseg.core.errors import StreamsegError
from streamseg.explain.answers import WhyAnswer
from streamseg.stream.asking import Whereabouts
from streamseg.web.problems import Problem

from .web.serving import left_cart, serving

QUESTION = Question("ann", "keen", None, None, None, False, None)


def refused(monkeypatch: pytest.MonkeyPatch, problem: Problem) -> str:
    async def find(*_: Any) -> Whereabouts:
        return Whereabouts(0, 1, "http://127.0.0.1:1", is_run=True)

    async def ask(*_: Any) -> tuple[int, bytes]:
        return problem.status, problem.body()

    monkeypatch.setattr(_asking, "find", find)
    monkeypatch.setattr(_asking, "ask", ask)
    with pytest.raises(StreamsegError) as raised:
        asyncio.run(answer_of(QUESTION))
    return str(raised.value)


def test_while_others_read_topics_there_is_an_answer_without_records(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    shop = left_cart()

    async def find(*_: Any) -> Whereabouts:
        return Whereabouts(0, 1, "http://127.0.0.1:1", is_run=True)

    async def ask(_: Any, url: str, path: str) -> tuple[int, bytes]:
        asked.append(path)
        if "links=1" in path:
            busy = Problem(409, "busy", "another question that reads topics goes on")
            return busy.status, busy.body()
        async with serving(shop) as session, session.get(path) as answer:
            return answer.status, await answer.read()

    monkeypatch.setattr(_asking, "find", find)
    monkeypatch.setattr(_asking, "ask", ask)
    answer = asyncio.run(answer_of(QUESTION))
    assert isinstance(answer, WhyAnswer)
    assert (answer.truth, answer.complete) == ("false", False)
    path = "/api/v1/contacts/ann/segments/keen/why"
    assert asked == [f"{path}?links=1", path]


def test_who_has_no_token_is_told_how_to_give_one(monkeypatch: pytest.MonkeyPatch) -> None:
    told = refused(monkeypatch, Problem(401, "no_token", "send a header"))
    assert "set STREAMSEG_API_TOKEN to one with the scope contacts" in told


def test_other_problems_are_told_as_the_worker_tells_them(monkeypatch: pytest.MonkeyPatch) -> None:
    told = refused(monkeypatch, Problem(404, "no_state", "ann was never seen"))
    assert told == "ann was never seen"
