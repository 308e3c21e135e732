"""`streamseg contact erase` gives a hint where no state has the id: it may be mistyped."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from streamseg.cli.main import app


@pytest.mark.parametrize(
    ("partitions", "hint"),
    [([], "no state has ann: is the id right? The erasure is asked for\n"), ([2], "")],
    ids=["unknown", "known"],
)
def test_an_id_that_no_state_has_is_asked_for_with_a_hint(
    monkeypatch: pytest.MonkeyPatch, partitions: list[int], hint: str
) -> None:
    asked: list[str] = []

    async def ids_of_person(_: Any, contact: str, __: Any) -> tuple[list[str], list[int]]:
        return [contact], partitions

    async def request_erasure(_: Any, contact: str, *__: Any) -> None:
        asked.append(contact)

    monkeypatch.setattr("streamseg.privacy.identity.ids_of_person", ids_of_person)
    monkeypatch.setattr("streamseg.privacy.erasing.request_erasure", request_erasure)
    done = CliRunner().invoke(app, ["contact", "erase", "ann", "--id", "r-1"])
    assert (done.exit_code, done.stderr) == (0, hint)
    assert done.stdout == ("asked for, as r-1. What is left: streamseg contact verify-erased ann\n")
    assert asked == ["ann"]
