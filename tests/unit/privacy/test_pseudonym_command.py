"""`streamseg contact pseudonym`: a pseudonym without a key is none, and that is said."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from streamseg.cli.main import app
from streamseg.core.errors import StreamsegError
from streamseg.core.identity.graves import pseudonym

KEY = "a key of pseudonyms, for a test"


def told(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["contact", "pseudonym", *arguments], catch_exceptions=False)
    return done.stdout.strip()


def test_without_a_key_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STREAMSEG_PRIVACY_KEY", raising=False)
    with pytest.raises(StreamsegError, match=r"STREAMSEG_PRIVACY_KEY_FILE.* add --without-key"):
        told("ann")
    assert told("ann", "--without-key") == pseudonym("ann", b"")


def test_with_a_key_it_goes_by_that_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMSEG_PRIVACY_KEY", KEY)
    assert told("ann") == pseudonym("ann", KEY.encode())
    with pytest.raises(StreamsegError, match="leave one of both out"):
        told("ann", "--without-key")
