"""`streamseg contact verify-erased` says that an id is gone only where its erasure is noted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from streamseg.cli.main import app
from streamseg.core.identity.graves import Grave, pseudonym
from streamseg.formats.erasures import encode_erasure

KEY = "a key of 32 bytes, for the tests"
TOPIC = "streamseg.erasures"
TIMES = [f"1970-01-01T00:00:00.00{at}Z" for at in (1, 2, 3)]


class Kafka:
    """A topic of proofs, and no record in any other topic."""

    def __init__(self) -> None:
        self.records: list[Any] = []

    def erased(self, contact: str, key: str, at: int = 1) -> None:
        """Note an erasure, as a worker with this key does."""
        name, value = encode_erasure(pseudonym(contact, key.encode()), Grave(at, "r"), at, {})
        self.records.append(SimpleNamespace(topic=TOPIC, partition=0, key=name, value=value))

    @asynccontextmanager
    async def connected(self, *_: Any) -> AsyncIterator[Kafka]:
        yield self

    async def topics(self, _: Any) -> dict[str, Any]:
        return {TOPIC: SimpleNamespace(leaders={0: 0})} if self.records else {}

    def scan(self, *_: Any, **__: Any) -> Kafka:
        return self

    async def read(self, tps: list[Any]) -> AsyncIterator[list[Any]]:
        if tps:
            yield list(self.records)

    async def find(self, *_: Any) -> list[Any]:
        return []

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    async def send_and_wait(self, topic: str, value: bytes, key: bytes, partition: int) -> None:
        record = SimpleNamespace(topic=topic, partition=partition, key=key, value=value)
        self.records.append(record)

    def times(self) -> list[tuple[str, str | None]]:
        """When each erasure was, and since when nothing was left, by its last record."""
        told = [json.loads(one.value) for one in self.records]
        return sorted({one["erased_at"]: one["verified_at"] for one in told}.items())

    def verified(self) -> list[str]:
        """The hashes of whom nothing was left."""
        told = [json.loads(one.value) for one in self.records]
        return [one["erased"] for one in told if one["verified_at"] is not None]


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> Kafka:
    one = Kafka()
    monkeypatch.setattr("streamseg.privacy.finding.find", one.find)
    monkeypatch.setattr("streamseg.privacy.proof.connected", one.connected)
    monkeypatch.setattr("streamseg.privacy.proof.new_producer", lambda *_: one)
    monkeypatch.setattr("streamseg.stream.scanning.Scan", one.scan)
    return one


def verify(*arguments: str, key: str | None) -> Result:
    keys = {"STREAMSEG_PRIVACY_KEY": key, "STREAMSEG_PRIVACY_KEY_FILE": None}
    return CliRunner().invoke(app, ["contact", "verify-erased", *arguments], env=keys)


@pytest.mark.parametrize("key", [KEY, None], ids=["key", "no key"])
def test_an_erasure_that_is_noted_is_verified(kafka: Kafka, key: str | None) -> None:
    kafka.erased("ghost", key or "")
    done = verify("ghost", key=key)
    name = pseudonym("ghost", (key or "").encode())
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == f"ghost: in no topic\nnoted as {name}\n"
    assert kafka.verified() == [name]
    again = verify("ghost", key=key)  # whoever looks again is told the same, and notes nothing
    assert (again.exit_code, again.stdout) == (0, "ghost: in no topic\n")
    assert kafka.verified() == [name]


@pytest.mark.parametrize(
    ("of_workers", "key"),
    [(KEY, None), (KEY, KEY[::-1]), ("", KEY)],
    ids=["no key", "another key", "a key of nobody"],
)
def test_under_another_key_than_the_workers_nobody_is_said_to_be_gone(
    kafka: Kafka, of_workers: str, key: str | None
) -> None:
    kafka.erased("ghost", of_workers)
    done = verify("ghost", key=key)
    assert (done.exit_code, done.stdout) == (4, "")
    assert "no erasure of ghost is noted" in done.stderr
    assert "STREAMSEG_PRIVACY_KEY" in done.stderr
    assert kafka.verified() == []


def test_who_was_never_erased_is_not_said_to_be_gone(kafka: Kafka) -> None:
    done = verify("nobody", key=KEY)
    assert (done.exit_code, done.stdout) == (4, "")
    assert "no erasure of nobody is noted" in done.stderr


def test_of_several_ids_those_without_a_proof_are_named_and_the_exit_code_is_theirs(
    kafka: Kafka,
) -> None:
    """What is proven of the others is noted all the same."""
    kafka.erased("ann", KEY)
    done = verify("ann", "gest", "ann", key=KEY)
    ann = pseudonym("ann", KEY.encode())
    assert (done.exit_code, done.stdout) == (4, f"ann: in no topic\nnoted as {ann}\n")
    assert kafka.verified() == [ann]
    assert done.stderr.startswith("gest: in no topic, but no erasure of it is noted")
    told = json.loads(verify("ann", "gest", "--json", key=KEY).stdout)
    assert told == {"ids": ["ann", "gest"], "remains": [], "noted": [], "without_proof": ["gest"]}


def test_an_erasure_that_was_verified_stays_so_when_the_contact_is_erased_again(
    kafka: Kafka,
) -> None:
    """Each erasure has a proof; of each the last record counts."""
    assert (kafka.erased("ann", KEY, 1), verify("ann", key=KEY).exit_code) == (None, 0)
    first = [one for one in kafka.times() if one[1] is not None]
    kafka.erased("ann", KEY, 2)
    assert [at for at, verified_at in kafka.times() if verified_at is None] == [TIMES[1]]
    assert first[0] in kafka.times()
    kafka.erased("ann", KEY, 3)
    assert verify("ann", key=KEY).exit_code == 0
    assert [at for at, _ in kafka.times()] == TIMES
    assert all(verified_at is not None for _, verified_at in kafka.times())
    assert kafka.times()[0] == first[0], "it was verified at that time, and not again"
    assert json.loads(kafka.records[-1].value)["erased_at"] == TIMES[2], "the last one stays last"
