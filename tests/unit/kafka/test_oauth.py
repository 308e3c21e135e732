"""Tokens by client credentials: when one is asked for, and what is said where there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamseg.broker.probe import free_port
from streamseg.kafka.oauth import ClientCredentials, TokenError
from tests.tokens import TokenServer, token_server


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    with token_server({"shop": "s3cret"}) as server:
        yield server


def test_one_token_serves_until_most_of_its_life_is_over(tokens: TokenServer) -> None:
    async def ask_twice(provider: ClientCredentials) -> tuple[str, str]:
        return await provider.token(), await provider.token()

    first, second = asyncio.run(
        ask_twice(ClientCredentials(tokens.url, "shop", lambda: "s3cret", "kafka read"))
    )
    assert first == second
    assert tokens.asked == [{"grant_type": ["client_credentials"], "scope": ["kafka read"]}]

    tokens.seconds = 0
    asyncio.run(ask_twice(ClientCredentials(tokens.url, "shop", lambda: "s3cret")))
    assert len(tokens.asked) == 3


def test_a_renewed_secret_is_used_for_the_next_token(tokens: TokenServer, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    tokens.seconds = 0
    provider = ClientCredentials(tokens.url, "shop", secret.read_text)
    asyncio.run(provider.token())
    tokens.secrets["shop"] = "another"
    secret.write_text("another")
    asyncio.run(provider.token())
    assert len(tokens.asked) == 2


def failure(url: str) -> TokenError:
    with pytest.raises(TokenError) as caught:
        asyncio.run(ClientCredentials(url, "shop", lambda: "wrong").token())
    assert "wrong" not in str(caught.value)
    return caught.value


def test_a_wrong_secret_is_told_without_it(tokens: TokenServer) -> None:
    found = failure(tokens.url)
    assert found.lasting
    assert "gives the client shop no token (401, invalid_client)" in str(found)


def test_an_endpoint_that_is_away_may_come_back() -> None:
    found = failure(f"http://127.0.0.1:{free_port()}/token")
    assert not found.lasting
    assert "gives no token: [Errno 111] Connection refused" in str(found)
