"""`streamseg why` where workers answer: what they refuse is told in the command's own terms."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from streamseg.cli import _asking
from streamseg.cli._asking import Question, answer_of
from streamseg.core.errors import StreamsegError
from streamseg.core.events import Event
from streamseg.core.identity.identity_state import LINKS
from streamseg.core.identity.links import Links
from streamseg.core.identity.mail import Merge
from streamseg.core.partition import Partition
from streamseg.explain.answers import WhyAnswer
from streamseg.explain.past import Past, Playing
from streamseg.explain.why import NotAskedError
from streamseg.privacy.identity import AtRest
from streamseg.rules import parse_rules
from streamseg.stream.asking import Whereabouts
from streamseg.stream.history import History
from streamseg.stream.offsets import Reached
from streamseg.web.problems import Problem

from .web.serving import RULES, T0, left_cart, serving

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


@pytest.mark.parametrize("is_run", [True, False])
def test_of_the_past_a_worker_is_asked_that_has_the_rules(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_run: bool
) -> None:
    asked: list[str] = []

    async def find(*_: Any) -> Whereabouts:
        return Whereabouts(0, 1, "http://127.0.0.1:1" if is_run else None, is_run=is_run)

    async def ask(_: Any, url: str, path: str) -> tuple[int, bytes]:
        asked.append(path)
        problem = Problem(504, "too_long", "ask by: streamseg why --rules F")
        return problem.status, problem.body()

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STREAMSEG_RULES", raising=False)
    monkeypatch.setattr(_asking, "find", find)
    monkeypatch.setattr(_asking, "ask", ask)
    with pytest.raises(StreamsegError) as raised:
        asyncio.run(answer_of(QUESTION._replace(at=T0 + 1)))
    if is_run:
        at = "2026-11-21T10%3A00%3A00.001Z"
        assert asked == [f"/api/v1/contacts/ann/segments/keen/why?at={at}&links=1"]
        assert str(raised.value) == "ask by: streamseg why --rules F"
    else:
        assert "to replay the past, name the rules" in str(raised.value)
    with pytest.raises(StreamsegError, match="to replay the past, name the rules"):
        asyncio.run(answer_of(QUESTION._replace(at=T0 + 1, segment=None)))


def test_who_has_no_token_is_told_how_to_give_one(monkeypatch: pytest.MonkeyPatch) -> None:
    told = refused(monkeypatch, Problem(401, "no_token", "send a header"))
    assert "set STREAMSEG_API_TOKEN to one with the scope contacts" in told


def test_other_problems_are_told_as_the_worker_tells_them(monkeypatch: pytest.MonkeyPatch) -> None:
    told = refused(monkeypatch, Problem(404, "no_state", "ann was never seen"))
    assert told == "ann was never seen"


def test_the_changelog_s_answer_says_who_was_merged_into_a_contact_without_state(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    core = Partition(parse_rules(RULES))
    core.load(LINKS + b"zoe", Links([Merge(T0, "new", "zoe")]).encode())
    core.ready()

    async def find(*_: Any) -> Whereabouts:
        return Whereabouts(0, 1, None, is_run=False)

    async def read_contact(*_: Any) -> tuple[Partition, Reached]:
        return core, Reached({})

    monkeypatch.setattr(_asking, "find", find)
    monkeypatch.setattr(_asking, "read_contact", read_contact)
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES)
    with pytest.raises(NotAskedError) as raised:
        asyncio.run(answer_of(QUESTION._replace(contact="zoe", rules=rules)))
    never = "new was never seen, was erased, or is forgotten"
    assert str(raised.value) == f"zoe was merged into new: {never}"


@pytest.mark.parametrize("segment", ["keen", None])
def test_the_past_says_who_was_merged_into_a_contact_without_events(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, segment: str | None
) -> None:
    async def at_rest(_: Any, contact: str, __: Any) -> AtRest:
        merges = [Merge(T0, "new", "zoe")] if contact == "zoe" else []
        return AtRest(links=Links(merges))

    async def find(*_: Any) -> Whereabouts:
        return Whereabouts(0, 1, None, is_run=False)

    async def past(_: Any, contact: str, at: int, __: Any) -> Past:
        merge = Event("contact_merged", contact, T0, {"from": "zoe"})
        playing = Playing(parse_rules(RULES), contact, [merge], [], at, 0, None)
        assert not playing.play(2)
        return playing.past()

    monkeypatch.setattr(_asking, "at_rest", at_rest)
    monkeypatch.setattr(_asking, "find", find)
    monkeypatch.setattr(History, "past", past)
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES)
    asked = QUESTION._replace(contact="zoe", segment=segment, rules=rules, at=T0 + 1)
    with pytest.raises(NotAskedError) as raised:
        asyncio.run(answer_of(asked))
    never = "new was never seen by 2026-11-21T10:00:00.001Z, or erased"
    assert str(raised.value) == f"zoe was merged into new: {never}"


def test_where_no_worker_runs_and_no_rules_are_named_both_are_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def find(*_: Any) -> Whereabouts:
        return Whereabouts(0, 1, None, is_run=False)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STREAMSEG_APP_ID", "shop")
    monkeypatch.delenv("STREAMSEG_RULES", raising=False)
    monkeypatch.setattr(_asking, "find", find)
    with pytest.raises(StreamsegError) as raised:
        asyncio.run(answer_of(QUESTION))
    assert str(raised.value) == (
        "no worker of shop runs; to read the state from the changelog, name the rules: --rules F, "
        "or STREAMSEG_RULES"
    )
