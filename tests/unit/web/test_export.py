"""Exports over HTTP: a program of its own reads the topics, within bounds."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientSession

from streamseg.stream import answering
from streamseg.stream.programs import Programs
from streamseg.web.answers import DossierFound
from streamseg.web.problems import Problem

from .serving import Shop, asked, get

PATH = "/contacts/a%20b/export"


def answers(monkeypatch: pytest.MonkeyPatch, outcome: bytes | Problem) -> list[Any]:
    """Have the program tell this; what it is given."""
    given: list[Any] = []

    async def ask(_: Programs, module: str, asked: bytes, *__: Any) -> Any:
        given.append((module, asked))
        if isinstance(outcome, Problem):
            raise outcome
        return answering.msgspec.json.decode(outcome, type=DossierFound)

    monkeypatch.setattr(Programs, "ask", ask)
    return given


def test_what_the_program_tells_is_passed_on_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    given = answers(monkeypatch, b'{"answer":{"contact":"a b","amount":1.10},"error":null}')

    async def asking(session: ClientSession) -> None:
        async with session.get(f"/api/v1{PATH}") as answer:
            assert (answer.status, await answer.read()) == (200, b'{"contact":"a b","amount":1.10}')
            assert answer.headers["Cache-Control"] == "no-store"
        assert (await get(session, f"{PATH}?raw=1"))[1]["code"] == "bad_parameter"

    asked(Shop(), asking)
    module, asked_for = given[0]
    assert module == "streamseg.privacy.answering"
    assert asked_for == b'["127.0.0.1:9092","streamseg.",null,"a b"]'


TOLD = {
    "too long": (Problem(422, "too_long", "it takes more than 120 s"), 504, "too_long"),
    "busy": (Problem(503, "busy", "another such question is being answered"), 503, "busy"),
    "too large": (b'{"answer":"%b"}' % (b"x" * answering.MOST_EXPORTED), 413, "too_large"),
    "no Kafka": (b'{"answer":null,"error":"nothing listens"}', 503, "not_exported"),
}


@pytest.mark.parametrize(("outcome", "status", "code"), TOLD.values(), ids=TOLD)
def test_what_cannot_be_exported_says_how_else_to_ask(
    monkeypatch: pytest.MonkeyPatch, outcome: bytes | Problem, status: int, code: str
) -> None:
    answers(monkeypatch, outcome)

    async def asking(session: ClientSession) -> None:
        found, told = await get(session, PATH)
        assert (found, told["code"]) == (status, code)
        if status in (504, 413):
            assert told["detail"].endswith("; ask by: streamseg contact export 'a b'")

    asked(Shop(), asking)
