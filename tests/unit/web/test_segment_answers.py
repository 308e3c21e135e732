"""The API: what it tells of segments, alerts, products and workers."""

from __future__ import annotations

import asyncio
import time

from aiohttp import ClientSession

from streamseg.stream.inspection import SEGMENTS_A_TURN

from .serving import HOUR, RULES, T0, Shop, asked, event, get, left_cart


def test_segments_products_and_workers_are_told() -> None:
    shop = left_cart()
    shop.stats.fired["cart_left"] += 2
    shop.stats.suppressed["cart_left", "cooldown"] += 1

    async def asking(session: ClientSession) -> None:
        _, told = await get(session, "/segments")
        assert told["partitions"] == {"answered": 1, "of": 1}
        assert [one["segment"] for one in told["segments"]] == [
            *("cart_left", "back", "searched", "keen")
        ]
        _, one = await get(session, "/segments/cart_left")
        assert (one["fired"], one["suppressed"]["cooldown"], one["rungs"]) == (2, 1, ["1h", "24h"])
        _, told = await get(session, "/workers")
        assert len(told["workers"]) == 1

    asked(shop, asking)


def test_entries_are_counted_where_they_are_told_of_and_are_null_elsewhere() -> None:
    shop = Shop(
        rules=RULES.replace("trigger: {limit: 1}", "trigger: {limit: 1}\n  membership: true")
    )
    shop.stats.membership["keen", "segment.entered"] += 3

    async def asking(session: ClientSession) -> None:
        _, one = await get(session, "/segments/keen")
        assert (one["entered"], one["entered_rates"]) == (3, {"minute": 0, "hour": 0, "day": 0})
        _, one = await get(session, "/segments/cart_left")
        assert (one["entered"], one["entered_rates"]) == (None, None)

    asked(shop, asking)


def test_who_is_in_is_told_where_the_rules_ask_for_counts() -> None:
    value = "value:\n  orders: {amount: total, currency: UAH}\n"
    value += "  kpis: {convert: order_placed, within: 7d}\n"
    shop = Shop(rules=RULES.replace("segments:", value + "segments:"))
    for contact in ("ann", "bob"):
        shop.feed(event("cart_item_added", T0, contact=contact, product="p"))
    shop.feed(event("session_started", T0 + 2 * HOUR, contact="carl"))

    async def asking(session: ClientSession) -> None:
        _, one = await get(session, "/segments/cart_left")
        assert (one["size"], one["members"]) == (2, {"1h": 2, "24h": 0})
        _, one = await get(session, "/segments/keen")
        assert (one["size"], one["members"]) == (0, {})

    asked(shop, asking)

    async def not_counted(session: ClientSession) -> None:
        _, one = await get(session, "/segments/cart_left")
        assert (one["size"], one["members"]) == (None, None)

    asked(left_cart(), not_counted)


def test_an_alert_that_is_raised_is_told_until_it_is_over() -> None:
    value = "value: {alerts: {crowd: {segment: keen, members: {gt: 1}, for: 0s, clear: 0%}}}\n"
    shop = Shop(rules=RULES.replace("segments:", value + "segments:"))
    for contact in ("ann", "bob"):
        for minute in range(2):
            at = T0 + minute * 60_000
            shop.feed(event("product_viewed", at, contact=contact, product="p"))
    shop.cores[0].advance(T0 + 4 * 60_000, None)

    async def not_yet(session: ClientSession) -> None:
        _, one = await get(session, "/segments/keen")
        assert one["alerts"] == []

    asked(shop, not_yet)
    shop.commit()

    async def raised(session: ClientSession) -> None:
        _, told = await get(session, "/segments")
        assert {one["segment"]: one["alerts"] for one in told["segments"] if one["alerts"]} == {
            "keen": ["crowd"]
        }

    asked(shop, raised)
    shop.cores[0].advance(T0 + 25 * HOUR, None)
    shop.commit()
    asked(shop, not_yet)


def test_what_fired_is_told_by_minute_and_by_hour() -> None:
    shop = left_cart()
    now_ms = int(time.time() * 1000)
    for hours in (30, 24, 23, 1, 0, 0):
        shop.stats.minutes.add("fired", "cart_left", now_ms - hours * HOUR)

    async def asking(session: ClientSession) -> None:
        _, one = await get(session, "/segments/cart_left")
        assert sum(one["series"]) == 2
        assert (len(one["hours"]), sum(one["hours"])) == (24, 4)
        assert one["hours"][-1] == 2
        assert one["hours"][0] == 1
        assert one["fired_rates"]["day"] == 4

    asked(shop, asking)


def test_five_thousand_segments_are_told_and_hold_nobody_up() -> None:
    """The worker's cycle has a turn after every few segments of the answer."""
    names = [f"s{number}" for number in range(5_000)]
    rules = "version: 1\nsegments:\n" + "".join(f"- {{name: {one}, on: {one}}}\n" for one in names)
    shop = Shop(rules=rules)
    turns = 0

    async def looking() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async def asking(session: ClientSession) -> None:
        beside = asyncio.create_task(looking())
        _, told = await get(session, "/segments")
        beside.cancel()
        assert [one["segment"] for one in told["segments"]] == names

    asked(shop, asking)
    assert turns >= 5_000 // SEGMENTS_A_TURN


# -- tokens --------------------------------------------------------------------------------
