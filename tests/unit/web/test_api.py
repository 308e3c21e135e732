"""The API: what it tells of a contact, and what goes wrong in which words."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientSession

from streamseg.core.partition import Partition
from streamseg.settings import Settings
from streamseg.web.answers import TimelineAnswer

from .serving import HOUR, RULES, T0, Shop, asked, event, get, left_cart


def test_a_contact_is_told_with_what_comes_next() -> None:
    async def asking(session: ClientSession) -> None:
        status, told = await get(session, "/contacts/ann")
        assert status == 200
        assert told["segments"] == []
        assert told["next"] == {"at": "2026-11-21T11:00:00.000Z", "segments": ["cart_left"]}
        assert told["cart"]["items"][0]["product"] == "p"
        assert told["raw"] is None
        _, told = await get(session, "/contacts/ann?raw=1")
        assert any("open cart" in one["what"] for one in told["raw"])

    asked(left_cart(), asking)


def test_why_not_names_the_part_and_when_it_changes() -> None:
    async def asking(session: ClientSession) -> None:
        status, told = await get(session, "/contacts/ann/segments/cart_left/why")
        assert status == 200
        assert told["truth"] == "false"
        assert told["rung"] == "1h"
        assert [one["next"] for one in told["rungs"]] == [
            {"at": "2026-11-21T11:00:00.000Z", "to": "true"},
            {"at": "2026-11-22T10:00:00.000Z", "to": "true"},
        ]
        tree = told["tree"]
        assert tree["part"] == "cart"
        assert tree["asks"] == "cart is open, unchanged for 1h"
        assert tree["saw"]["changed_at"] == "2026-11-21T10:00:00.000Z"
        assert (tree["saw"]["items"], tree["saw"]["total"]) == (1, 199)
        assert tree["next"] == {"at": "2026-11-21T11:00:00.000Z", "to": "true"}
        assert told["trigger"]["would_hold"] is None

    asked(left_cart(), asking)


def test_why_tells_what_would_hold_a_trigger_back() -> None:
    shop = left_cart()
    shop.feed(event("searched", T0 + 2 * HOUR, query="x"))
    shop.feed(event("order_placed", T0 + 3 * HOUR, order="o"))
    shop.feed(event("cart_item_added", T0 + 4 * HOUR, product="q"))

    async def asking(session: ClientSession) -> None:
        _, told = await get(session, "/contacts/ann/segments/cart_left/why")
        trigger = told["trigger"]
        assert trigger["fired_at"] == "2026-11-21T11:00:00.000Z"
        assert trigger["cooldown_until"] == "2026-11-28T11:00:00.000Z"
        assert [one["by"] for one in trigger["holds"]] == ["cooldown"]
        assert trigger["would_hold"] == "cooldown"

    asked(shop, asking)


def test_f19_f21_what_has_no_answer_says_so() -> None:
    async def asking(session: ClientSession) -> None:
        for path, status, code, words in (
            ("/contacts/nobody", 404, "no_state", "never seen, was erased, or is forgotten"),
            ("/contacts/ann/segments/cart_lef/why", 404, "no_segment", "did you mean cart_left?"),
            ("/contacts/ann/segments/back/why", 400, "key_needed", "per product"),
            ("/contacts/ann/segments/keen/why?key=p", 400, "no_key", "no keys"),
            ("/contacts/ann?rew=1", 400, "bad_parameter", "did you mean raw?"),
            ("/contacts/ann?raw=yes", 400, "bad_parameter", "0 or 1"),
            (f"/contacts/{'x' * 257}", 400, "bad_parameter", "256 bytes"),
            ("/products/p", 404, "no_product", "nothing was told"),
            ("/segments/nothing", 404, "no_segment", "no segment nothing"),
            ("/nowhere", 404, "no_path", "openapi.json"),
            ("/rules/7", 404, "no_path", "openapi.json"),  # rules have no numbers
        ):
            found, told = await get(session, path)
            assert (found, told["code"]) == (status, code), told
            assert words in told["detail"]
            assert told["status"] == status

    asked(left_cart(), asking)


def test_f19_who_was_erased_is_as_unknown_as_who_never_came() -> None:
    shop = left_cart()
    shop.feed(event("contact_erased", T0 + 5))

    async def asking(session: ClientSession) -> None:
        erased = await get(session, "/contacts/ann")
        never = await get(session, "/contacts/nan")
        assert erased[0] == never[0] == 404
        told = [one[1]["detail"].replace("nan", "ann") for one in (erased, never)]
        assert told[0] == told[1]

    asked(shop, asking)


def test_f24_a_contact_of_former_rules_is_brought_over_for_the_answer() -> None:
    before = Shop()
    before.feed(event("cart_item_added", T0, product="p"), commit=False)
    seen = "- {name: seen, when: {did: page_viewed, at_least: 2}}"  # whose column comes first
    rules = RULES.replace("[1h, 24h]", "10m").replace("segments:\n", f"segments:\n{seen}\n")
    after = Shop(rules=rules)
    core = Partition(after.rules, slice_size=10)
    for key, value in before.cores[0].take().changes:
        core.load(key, value)
    core.ready()
    after.cores[0] = after.tasks[0].core = core

    async def asking(session: ClientSession) -> None:
        _, told = await get(session, "/contacts/ann/segments/cart_left/why")
        assert [one["rung"] for one in told["rungs"]] == ["10m"]
        assert told["tree"]["saw"]["items"] == 1

    asked(after, asking)


@pytest.mark.parametrize(("partitions", "status"), [(1, 404), (2, 503)])
def test_where_a_key_does_not_tell_its_partition_a_stranger_is_one_where_all_run_here(
    partitions: int, status: int
) -> None:
    shop = Shop(partitions)
    shop.settings = Settings(lateness_ms=0, partitioner="any")
    shop.feed(event("cart_item_added", T0, product="p"))
    shop.feed(event("contact_merged", T0 + 5, contact="anna", **{"from": "ann"}))

    async def asking(session: ClientSession) -> None:
        assert (await get(session, "/contacts/ann"))[1]["merged_into"] == "anna"
        assert (await get(session, "/contacts/anna"))[0] == 200
        assert (await get(session, "/contacts/nobody"))[0] == status
        assert (await get(session, "/contacts/nobody/segments/keen/why"))[0] == status

    asked(shop, asking)


def test_f23_a_forgotten_key_is_said() -> None:
    async def asking(session: ClientSession) -> None:
        _, told = await get(session, "/contacts/ann/segments/back/why?key=p")
        assert told["truth"] == "false"
        assert "64 later ones made it forgotten" in told["notes"][0]

    asked(left_cart(), asking)


@pytest.mark.parametrize("name", ["a/b", "a#b", "a?b", "a%b", "<script>", "ż", "a b", "a%2Fb"])
def test_any_id_can_be_asked_for(name: str) -> None:
    from urllib.parse import quote

    from yarl import URL

    shop = Shop()
    shop.feed(event("cart_item_added", T0, contact=name, product="p"))

    async def asking(session: ClientSession) -> None:
        path = URL(f"/api/v1/contacts/{quote(name, safe='')}", encoded=True)
        async with session.get(path) as answer:
            assert answer.status == 200
            assert (await answer.json())["contact"] == name

    asked(shop, asking)


def test_f28_a_transaction_in_flight_is_not_seen() -> None:
    shop = left_cart()
    shop.feed(event("order_placed", T0 + HOUR // 2 + 1, order="o"), commit=False)

    async def asking(session: ClientSession) -> None:
        assert (await get(session, "/contacts/ann"))[1]["cart"] is not None
        shop.cores[0].take()
        assert (await get(session, "/contacts/ann"))[1]["cart"] is not None
        shop.cores[0].install()
        assert (await get(session, "/contacts/ann"))[1]["cart"] is None

    asked(shop, asking)


def test_f20_a_merged_contact_is_followed_to_who_it_is_now() -> None:
    shop = left_cart()
    shop.feed({**event("contact_merged", T0 + 5, contact="anna"), "data": {"from": "ann"}})

    async def asking(session: ClientSession) -> None:
        status, told = await get(session, "/contacts/ann")
        assert (status, told["contact"], told["merged_into"]) == (200, "anna", "anna")
        assert told["cart"] is not None
        status, told = await get(session, "/contacts/ann/segments/cart_left/why")
        assert (status, told["contact"], told["merged_into"]) == (200, "anna", "anna")
        assert (await get(session, "/contacts/anna"))[1]["merged_into"] is None

    asked(shop, asking)


def test_a_timeline_since_before_1970_begins_there(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []

    async def timeline(source: Any, contact: str, since: int, *_: Any) -> TimelineAnswer:
        given.append(since)
        return TimelineAnswer(contact, [], True, None)

    monkeypatch.setattr("streamseg.stream.answering.WorkerSource.timeline", timeline)

    async def asking(session: ClientSession) -> None:
        assert (await get(session, "/contacts/ann/timeline?since=5000w"))[0] == 200

    asked(left_cart(), asking)
    assert given == [0]


@pytest.mark.parametrize("terms", ["max_age: 2d", "order_closes: any"])
@pytest.mark.parametrize("beside", ["", "- {name: plain, use: abandoned_cart}\n"])
def test_the_cart_is_shown_whichever_kind_of_cart_rules_ask_about(terms: str, beside: str) -> None:
    rules = f"version: 1\nsegments:\n- {{name: left, use: abandoned_cart, with: {{{terms}}}}}\n"
    shop = Shop(rules=rules + beside)
    shop.feed(event("cart_item_added", T0, product="p", price=199))

    async def asking(session: ClientSession) -> None:
        _, told = await get(session, "/contacts/ann")
        assert told["cart"]["total"] == 199.0
        assert [one["product"] for one in told["cart"]["items"]] == ["p"]

    asked(shop, asking)
