"""What ends a worker, and what it tries again, when it begins anew with Kafka."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from streamseg.core.errors import StreamsegError
from streamseg.kafka.oauth import ClientCredentials, TokenError
from streamseg.observe.stats import WorkerStats
from streamseg.settings import Settings, SettingsError
from streamseg.stream import service
from streamseg.stream.engine import Engine


class Sessions:
    """Stands for the membership in a group: what each of the sessions does, in turn."""

    def __init__(self, settings: Settings, *courses: Callable[[], None]) -> None:
        self.settings = settings
        self.worked = False
        self.left = list(courses)

    def __call__(self, *_: Any) -> Sessions:
        return self

    async def run(self, _: asyncio.Event) -> None:
        self.settings.connection()
        self.left.pop(0)()

    def silent_seconds(self) -> float:
        return 0.0


@pytest.fixture
def password(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("ann-secret")
    return path


@pytest.fixture
def settings(password: Path) -> Settings:
    return Settings(  # type: ignore[call-arg]
        bootstrap="127.0.0.1:1",
        security_protocol="SASL_PLAINTEXT",
        sasl_username="ann",
        sasl_password_file=password,
    )


class AtOnce:
    """A back-off without waiting; ``course`` is told how often it was asked for how long."""

    def __init__(self, course: Callable[[int], None]) -> None:
        self.count = 0
        self.course = course

    def next(self) -> float:
        self.count += 1
        self.course(self.count)
        return 0.0

    def reset(self) -> None:
        pass


async def run(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch, course: Callable[[int], None]
) -> list[StreamsegError]:
    """Run a host over these sessions to its end; what it ended with."""
    monkeypatch.setattr(service, "Session", sessions)
    monkeypatch.setattr(service, "Backoff", lambda **_: AtOnce(course))
    fatal: list[StreamsegError] = []
    engine = Engine(partition=lambda *_: None, catalog=lambda _: None)  # type: ignore
    host = service.Host(sessions.settings, engine, WorkerStats(), fatal.append)
    await host.on_start()
    assert host._running is not None
    await asyncio.wait_for(host._running, 30)
    host._watching.cancel()
    return fatal


def test_a_password_file_that_is_empty_at_a_reconnect_is_tried_again(
    settings: Settings,
    password: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def breaks() -> None:
        password.write_text("")
        raise KafkaConnectionError("the broker went away")

    def renew(waits: int) -> None:
        if waits == 3:
            password.write_text("new-secret")

    sessions = Sessions(settings, breaks, lambda: None)
    with caplog.at_level(logging.WARNING):
        assert asyncio.run(run(sessions, monkeypatch, renew)) == []
    named = [line for line in caplog.messages if "STREAMSEG_SASL_PASSWORD_FILE" in line]
    assert len(named) == 3
    assert all("is empty; trying again in" in line for line in named)
    assert sessions.left == []


def test_a_password_file_that_is_empty_at_the_start_ends_the_worker(
    settings: Settings, password: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    password.write_text("")
    found = asyncio.run(run(Sessions(settings), monkeypatch, lambda _: None))
    assert [type(one) for one in found] == [SettingsError]


def test_a_token_without_a_secret_is_tried_again(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("")
    settings = Settings(  # type: ignore[call-arg]
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="OAUTHBEARER",
        sasl_oauth_token_url="http://127.0.0.1:1/token",  # noqa: S106
        sasl_oauth_client_id="shop",
        sasl_oauth_client_secret_file=secret,
    )
    provider: ClientCredentials = settings.token_provider
    with pytest.raises(TokenError, match=r"SECRET_FILE=.* is empty") as told:
        asyncio.run(provider.token())
    assert not told.value.lasting
