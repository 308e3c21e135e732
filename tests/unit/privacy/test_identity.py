"""Who an id is by now, by what the changelog has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from streamseg.core.identity.links import Links
from streamseg.core.identity.mail import Merge
from streamseg.privacy import identity
from streamseg.privacy.identity import Person, person_of
from streamseg.settings import Settings

COUNT = 4  # partitions of the changelog


class Changelog:
    """Stands for scans of the changelog; counts them."""

    def __init__(self, links: dict[str, Links], monkeypatch: pytest.MonkeyPatch) -> None:
        self.scans = 0
        self._records = [
            SimpleNamespace(
                key=identity.LINKS + name.encode(), value=one.encode(), partition=len(name) % COUNT
            )
            for name, one in links.items()
        ]
        monkeypatch.setattr(identity, "_changelogs", self._changelogs)

    async def _changelogs(self, _: Settings, *names: str) -> list[TopicPartition]:
        return [TopicPartition("c", number) for number in {len(one) % COUNT for one in names}]

    def new_scan(self) -> Any:
        self.scans += 1
        return self

    async def read(self, tps: list[TopicPartition]) -> AsyncGenerator[list[Any], None]:
        numbers = {tp.partition for tp in tps}
        yield [one for one in self._records if one.partition in numbers]


def merged(source: str, into: str) -> Links:
    return Links(stubs=[Merge(1, into, source)])


def of(*ids: str) -> Links:
    return Links(ids={one: Merge(1, "ann", one) for one in ids})


def found(changelog: Changelog, name: str) -> Person:
    return asyncio.run(person_of(Settings(), name, changelog.new_scan))


def test_ids_that_still_lead_to_a_contact_are_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = {"ann": of("guest", "cookie"), "guest": merged("guest", "ann")}
    changelog = Changelog({**chain, "cookie": merged("cookie", "guest")}, monkeypatch)
    for name in ("ann", "guest", "cookie"):
        person = found(changelog, name)
        assert (person.passed[-1], person.elsewhere) == ("ann", ())
        assert sorted(person.ids) == ["ann", "cookie", "guest"]


def test_an_id_that_leads_elsewhere_by_now_or_nowhere_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    links = {"ann": of("guest", "forgotten", "moved"), "guest": merged("guest", "ann")}
    changelog = Changelog({**links, "moved": merged("moved", "bob")}, monkeypatch)
    person = found(changelog, "ann")
    assert person.ids == ["ann", "guest"]
    assert person.elsewhere == ("forgotten", "moved")
    assert changelog.scans == 2


def test_who_was_never_merged_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    changelog = Changelog({}, monkeypatch)
    assert found(changelog, "ann").ids == ["ann"]
    assert changelog.scans == 1
