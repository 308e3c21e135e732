"""`streamseg contact erase` says which ids it knows, and that it may not know all."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from streamseg.cli.main import app
from streamseg.core.identity.graves import Grave
from streamseg.core.identity.links import Links
from streamseg.core.identity.mail import Merge
from streamseg.core.values.timestamps import parse_time
from streamseg.privacy.identity import AtRest, Person

GRAVE = Grave(parse_time("2026-11-21T10:00:00Z"), "r-0")
KEEPER = AtRest(links=Links(ids={"guest": Merge(1, "ann", "guest")}), partitions=[2])
HINTS = {
    "unknown": (AtRest(), "no state has ann: is the id right? The erasure is asked for\n"),
    "known": (AtRest(partitions=[2]), ""),
    "known, with another id": (KEEPER, ""),
    "erased before": (
        AtRest(grave=GRAVE, partitions=[2]),
        (
            "it was erased before, at 2026-11-21T10:00:00.000Z: no state has the ids any more that "
            "were merged into it by then; add them to that command\n"
        ),
    ),
}


def erase(monkeypatch: pytest.MonkeyPatch, person: Person) -> Result:
    """Ask for an erasure where the changelog has that of a person."""

    async def person_of(*_: Any) -> Person:
        return person

    async def request_erasure(_: Any, contact: str, name: str, __: Any, at: list[int]) -> None:
        assert (contact, name, at) == (person.passed[0], "r-1", person.own.partitions)

    monkeypatch.setattr("streamseg.privacy.identity.person_of", person_of)
    monkeypatch.setattr("streamseg.privacy.erasing.request_erasure", request_erasure)
    return CliRunner().invoke(app, ["contact", "erase", person.passed[0], "--id", "r-1"])


@pytest.mark.parametrize(("rest", "hint"), HINTS.values(), ids=HINTS)
def test_what_is_known_is_printed_and_what_may_be_missing_is_said(
    monkeypatch: pytest.MonkeyPatch, rest: AtRest, hint: str
) -> None:
    done = erase(monkeypatch, Person(["ann"], rest, rest))
    assert (done.exit_code, done.stderr) == (0, hint)
    with_it, ids = ("erased with it: guest\n", "ann guest") if rest is KEEPER else ("", "ann")
    assert done.stdout == (
        f"{with_it}asked for, as r-1. What is left of the ids that are known: streamseg contact "
        f"verify-erased {ids}\n"
    )


def test_of_a_merged_id_the_contact_and_the_others_are_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = AtRest(partitions=[1])
    done = erase(monkeypatch, Person(["cookie", "ann"], own, KEEPER))
    assert done.stdout.endswith("verify-erased cookie ann guest\n")


def test_an_id_that_no_longer_leads_to_the_contact_is_not_said_to_be_erased(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = erase(monkeypatch, Person(["ann"], KEEPER, KEEPER, ("guest",)))
    assert done.stdout == (
        "asked for, as r-1. What is left of the ids that are known: streamseg contact "
        "verify-erased ann\n"
    )
    assert done.stderr == "not erased with it: guest, which no longer leads to it\n"
