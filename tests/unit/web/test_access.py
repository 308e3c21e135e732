"""The API: who may ask, how often, and from where."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from aiohttp import ClientSession
from prometheus_client import generate_latest

from streamseg.core.identity.graves import pseudonym
from streamseg.formats.naming import Naming
from streamseg.observe.collector import new_registry
from streamseg.observe.stats import WorkerStats
from streamseg.web.access import Access
from streamseg.web.tokens import TokenFileError, Tokens, new_token

from .serving import asked, get, left_cart, serving


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


def test_who_reads_a_contact_is_logged_with_a_hash_of_the_id_and_never_the_id(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, (token,) = token_file(tmp_path, "contacts,stats")
    caplog.set_level(logging.DEBUG)
    shop = left_cart()
    shop.naming = Naming(key=b"k" * 32)
    name = pseudonym("ann", b"k" * 32)

    async def asking(session: ClientSession) -> None:
        for asked_for in ("contacts/ann", "contacts/ann/segments/keen/why", "segments"):
            assert (await get(session, f"/{asked_for}", **bearer(token)))[0] == 200
        assert (await get(session, "/contacts/ann/segments/kean/why", **bearer(token)))[0] == 404
        assert (await get(session, "/contacts/ann?at=1", **bearer(token)))[0] == 400

    asked(shop, asking, tokens=path)
    lines = [one.getMessage() for one in caplog.records if one.name == "streamseg.web.api"]
    why = "/contacts/{contact}/segments/{segment}/why"
    assert lines == [
        f"t0 reads {route} of the contact {name}" for route in ("/contacts/{contact}", why, why)
    ]
    assert "ann" not in " ".join(one.getMessage() for one in caplog.records)


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
