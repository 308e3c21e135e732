"""F20: the records of who was merged lie under their own id, maybe in another partition."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import ClientSession

from streamseg.core.messages.outcomes import Outcome
from streamseg.formats.outbound import to_json

from .serving import T0, Shop, asked, event, get

MERGE = {**event("contact_merged", T0 + 5, contact="eve"), "data": {"from": "kim"}}
WHY = "/contacts/eve/segments/keen/why"


def viewed(contact: str) -> list[dict[str, Any]]:
    return [event("product_viewed", T0 + one, contact=contact, product="p") for one in (0, 1)]


def merged() -> tuple[Shop, dict[str, Any]]:
    """Eve, of partition 0, was Kim, of partition 1, who was told; and what Kim was told."""
    shop = Shop(partitions=4)
    for topic in ("triggers", "decisions", "membership"):
        shop.session.counts[shop.settings.topic(topic)] = 2
    for one in viewed("kim"):
        shop.feed(one, commit=False)
    outcomes = shop.cores[0].take().outcomes
    shop.cores[0].install()
    (fired,) = [one for one in outcomes if isinstance(one, Outcome)]
    shop.feed(MERGE)
    return shop, to_json(fired)


class Topics:
    """Stands for a scan; what Kim was told lies in one partition of the triggers."""

    told: dict[str, Any]
    partition = 1
    complete = True

    def __init__(self, *_: Any) -> None:
        pass

    async def read(self, tps: list[Any], _: int) -> AsyncGenerator[list[Any], None]:
        for tp in tps:
            if (tp.topic, tp.partition) == ("streamseg.triggers", self.partition):
                value = json.dumps(self.told).encode()
                yield [
                    SimpleNamespace(
                        topic=tp.topic,
                        partition=self.partition,
                        offset=7,
                        timestamp=T0,
                        key=b"kim",
                        value=value,
                    )
                ]


def test_the_id_of_the_last_trigger_is_that_of_its_record_and_is_never_guessed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop, Topics.told = merged()
    monkeypatch.setattr("streamseg.stream.answering.Scan", Topics)

    async def asking(session: ClientSession) -> None:
        _, told = await get(session, WHY)
        assert (told["contact"], told["merged_ids"]) == ("eve", ["kim"])
        assert (told["trigger"]["fired"], told["trigger"]["id"]) == (1, None)
        assert any("known by its record only" in note for note in told["notes"])
        _, told = await get(session, f"{WHY}?links=1")
        assert told["links"] == ["streamseg.triggers-1@7"]
        assert told["trigger"]["id"] == Topics.told["id"]
        assert told["notes"] == []
        _, told = await get(session, "/contacts/eve/timeline?since=36500d")
        assert [one["place"] for one in told["entries"]] == ["streamseg.triggers-1@7"]

    asked(shop, asking)


def test_a_timeline_of_who_was_merged_is_the_keeper_s_and_it_is_empty_for_a_stranger(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = Shop()
    shop.session.counts[shop.settings.topic("triggers")] = 1
    shop.feed(*viewed("kim"), MERGE)
    monkeypatch.setattr("streamseg.stream.answering.Scan", Topics)
    monkeypatch.setattr(Topics, "partition", 0)
    monkeypatch.setattr(Topics, "told", merged()[1], raising=False)

    async def asking(session: ClientSession) -> None:
        status, told = await get(session, "/contacts/kim/timeline?since=36500d")
        assert (status, told["contact"], told["merged_into"]) == (200, "eve", "eve")
        assert [one["place"] for one in told["entries"]] == ["streamseg.triggers-0@7"]
        status, told = await get(session, "/contacts/nobody/timeline?since=36500d")
        assert (status, told["entries"], told["merged_into"]) == (200, [], None)

    asked(shop, asking)


def test_who_was_never_merged_has_the_id_without_a_look_at_records() -> None:
    shop = Shop()
    shop.feed(*viewed("eve"))

    async def asking(session: ClientSession) -> None:
        _, told = await get(session, "/contacts/eve/segments/keen/why")
        assert (told["merged_ids"], len(told["trigger"]["id"]), told["notes"]) == ([], 32, [])

    asked(shop, asking)
