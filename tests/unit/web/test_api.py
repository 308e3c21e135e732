"""The API: what it tells of a contact, who may ask, and what goes wrong in which words."""

from __future__ import annotations

import asyncio
import io
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from prometheus_client import generate_latest

from streamseg.core.partition import Partition
from streamseg.observe.collector import new_registry
from streamseg.observe.stats import WorkerStats
from streamseg.settings import Settings
from streamseg.web.access import Access
from streamseg.web.answers import TimelineAnswer
from streamseg.web.tokens import TokenFileError, Tokens, new_token

from .serving import HOUR, RULES, T0, Shop, asked, event, get, serving


def left_cart() -> Shop:
    shop = Shop()
    shop.feed(
        event("cart_item_added", T0, product="p", price=199),
        event("contact_updated", T0 + 1, country="PL"),
        event("session_started", T0 + HOUR // 2, contact="bob"),
    )
    return shop


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
    after = Shop(rules=RULES.replace("[1h, 24h]", "10m"))
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
    names = [f"s{number}" for number in range(5_000)]
    rules = "version: 1\nsegments:\n" + "".join(f"- {{name: {one}, on: {one}}}\n" for one in names)
    shop = Shop(rules=rules)
    waits = []

    async def looking() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0)
            waits.append(time.perf_counter() - began)

    async def asking(session: ClientSession) -> None:
        beside = asyncio.create_task(looking())
        _, told = await get(session, "/segments")
        beside.cancel()
        assert [one["segment"] for one in told["segments"]] == names

    asked(shop, asking)
    waits.sort()
    assert waits[-3] < 0.1  # but for the answer as JSON, here and at the asker


# -- tokens --------------------------------------------------------------------------------


def token_file(folder: Path, *scopes: str) -> tuple[Path, list[str]]:
    made = [new_token(f"t{number}", one.split(",")) for number, one in enumerate(scopes)]
    path = folder / "tokens"
    path.write_text("# who may ask\n\n" + "".join(f"{line}\n" for _, line in made))
    return path, [token for token, _ in made]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_f25_without_a_token_nothing_is_told_not_even_who_is_there(tmp_path: Path) -> None:
    path, _ = token_file(tmp_path, "contacts")

    async def asking(session: ClientSession) -> None:
        answers = [
            await get(session, "/contacts/ann"),
            await get(session, "/contacts/nobody"),
            await get(session, "/contacts/ann", **bearer("sseg_wrong")),
            await get(session, "/contacts/ann", Authorization="Basic x"),
        ]
        assert [status for status, _ in answers] == [401] * 4
        assert len({str(told) for _, told in answers}) == 1

    asked(left_cart(), asking, tokens=path)


async def status_of(session: ClientSession, headers: bytes) -> int:
    """The status of an answer to headers as no client of HTTP would send them."""
    url = session._base_url
    assert url is not None
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(b"GET /api/v1/contacts/ann HTTP/1.1\r\n" + headers + b"\r\n\r\n")
    status = int((await reader.readline()).split()[1])
    writer.close()
    return status


def test_a_token_of_any_bytes_is_one_that_there_is_not(tmp_path: Path) -> None:
    path, _ = token_file(tmp_path, "contacts")

    async def asking(session: ClientSession) -> None:
        headers = b"Host: 127.0.0.1\r\nAuthorization: Bearer sseg_\xff"
        assert await status_of(session, headers) == 401

    asked(left_cart(), asking, tokens=path)


@pytest.mark.parametrize("host", [b"[", b"[::1", b"\xff", b""])
def test_a_host_that_is_none_is_not_this_machine(host: bytes) -> None:
    async def asking(session: ClientSession) -> None:
        assert await status_of(session, b"Host: " + host) == 403

    asked(left_cart(), asking)


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


def test_f26_a_token_lets_in_to_its_scopes_only(tmp_path: Path) -> None:
    path, (contacts, stats) = token_file(tmp_path, "contacts", "stats,dlq")

    async def asking(session: ClientSession) -> None:
        assert (await get(session, "/contacts/ann", **bearer(contacts)))[0] == 200
        status, told = await get(session, "/contacts/ann", **bearer(stats))
        assert (status, told["code"]) == (403, "no_scope")
        assert (await get(session, "/segments", **bearer(stats)))[0] == 200
        assert (await get(session, "/segments", **bearer(contacts)))[0] == 403

    asked(left_cart(), asking, tokens=path)


def test_f30_a_changed_file_of_tokens_is_read_again_and_a_bad_one_is_not(tmp_path: Path) -> None:
    path, (first,) = token_file(tmp_path, "contacts")
    tokens = Tokens(path)
    token, line = new_token("other", ["stats"])
    path.write_text(f"{line}\n")
    assert tokens.find(first) is None
    assert tokens.find(token) is not None
    path.write_text("other stats\n")
    assert tokens.find(token) is not None
    assert tokens.is_stale
    stats = WorkerStats()
    stats.tokens_stale = tokens.check  # as the worker has it
    assert b"streamseg_api_tokens_stale 1.0" in generate_latest(new_registry(stats))
    path.unlink()
    assert tokens.find(token) is not None
    assert tokens.is_stale
    path.write_text(f"# {line}\n")
    assert tokens.find(token) is None
    assert not tokens.is_stale
    assert b"streamseg_api_tokens_stale 0.0" in generate_latest(new_registry(stats))


@pytest.mark.parametrize(("name", "scopes"), [("", "stats"), ("a b", "stats"), ("a", "")])
def test_a_new_token_needs_a_name_and_a_scope(name: str, scopes: str) -> None:
    with pytest.raises(
        TokenFileError, match=r"a name has 1 to 64 .* one scope or more of contacts"
    ):
        new_token(name, scopes.split(","))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a stats", "tokens:1: a line is"),
        ("a all sha256:" + "0" * 64, "no scope 'all'"),
        ("a stats md5:00", "64 hexadecimal digits"),
        ("a! stats sha256:" + "0" * 64, "a name has"),
    ],
)
def test_f30_a_bad_line_of_tokens_is_an_error_at_the_start(
    tmp_path: Path, line: str, words: str
) -> None:
    path = tmp_path / "tokens"
    path.write_text(line)
    with pytest.raises(TokenFileError, match=words):
        Tokens(path)
    with pytest.raises(TokenFileError, match="cannot be read"):
        Tokens(tmp_path / "none")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example:80"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
)
def test_without_tokens_no_page_of_another_origin_is_answered(headers: dict[str, str]) -> None:
    async def asking(session: ClientSession) -> None:
        status, told = await get(session, "/contacts/ann", **headers)
        assert (status, told["code"]) == (403, "no_tokens")

    asked(left_cart(), asking)


def test_without_tokens_a_worker_that_listens_elsewhere_tells_nothing() -> None:
    async def asking(session: ClientSession) -> None:
        assert (await get(session, "/segments"))[1]["code"] == "no_tokens"
        async with session.get("/metrics") as answer:
            assert answer.status == 200

    asked(left_cart(), asking, is_local=False)


def test_more_than_fifty_requests_a_second_are_too_many() -> None:
    shop, now = left_cart(), [0.0]

    async def run() -> None:
        api = shop.api()
        api.access = Access(None, is_local=True, clock=lambda: now[0])
        async with serving(shop, api) as session:
            assert (await get(session, "/nothing_of/x"))[0] == 404  # which costs nothing
            statuses = [(await get(session, "/contacts/nobody"))[0] for _ in range(51)]
            assert statuses == [404] * 50 + [429]
            now[0] += 0.1
            statuses = [(await get(session, "/contacts/nobody"))[0] for _ in range(6)]
            assert statuses == [404] * 5 + [429]

    asyncio.run(run())


MODEL = '{"r": 0.525, "alpha": 43.281, "a": 0.891, "b": 1.614}'
PREDICTS = """\
version: 1
value: {model: %s}
segments:
- {name: a, use: likely_to_churn}
"""


def test_rules_are_checked_as_if_they_lay_beside_those_of_the_worker(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    for folder in (tmp_path, tmp_path / "elsewhere"):
        (folder / "clv.json").write_text(MODEL)
    shop = left_cart()
    shop.settings = Settings(lateness_ms=0, rules=tmp_path / "rules.yaml")

    async def asking(session: ClientSession) -> None:
        async def check(model: Path | str) -> list[str]:
            body = {"yaml": PREDICTS % model}
            async with session.post("/api/v1/rules/check", json=body) as answer:
                return [one["message"] for one in (await answer.json())["errors"]]

        assert await check("clv.json") == []
        body = {"yaml": PREDICTS % "clv.json", "events": "", "after": "1d"}
        async with session.post("/api/v1/rules/backtest", json=body) as answer:
            assert answer.status == 200
        for other in (tmp_path / "elsewhere/clv.json", "elsewhere/clv.json", "../x", "/dev/zero"):
            assert "beside the worker's rules" in (await check(other))[0]
        assert "cannot be read" in (await check("none.json"))[0]

    asked(shop, asking)


def test_rules_are_checked_with_line_and_column() -> None:
    async def asking(session: ClientSession) -> None:
        async def check(text: Any) -> Any:
            async with session.post("/api/v1/rules/check", json={"yaml": text}) as answer:
                return answer.status, await answer.json(content_type=None)

        status, told = await check("version: 1\nsegments:\n- {name: a, use: abandoned_cat}\n")
        assert (status, told["ok"], told["segments"]) == (200, False, [])
        assert (told["errors"][0]["line"], told["errors"][0]["column"]) == (3, 18)
        assert "abandoned_cart" in told["errors"][0]["message"]
        status, told = await check("version: 1\nsegments:\n- {name: a, use: abandoned_cart}\n")
        assert (told["ok"], told["segments"]) == (True, ["a"])
        assert (await check(7))[0] == 422
        large = io.BytesIO(b'"' + b"x" * 1_100_000 + b'"')
        headers = {"Content-Type": "application/json"}
        async with session.post("/api/v1/rules/check", data=large, headers=headers) as answer:
            assert answer.status == 413
        async with session.post("/api/v1/rules/check", data=b"yaml=1") as answer:
            assert answer.status == 415

    asked(left_cart(), asking)
