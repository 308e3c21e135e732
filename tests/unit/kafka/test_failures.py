"""What is wrong with the way to Kafka is told in one line, each thing as what it is."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    TopicAuthorizationFailedError,
)

from streamseg.broker.probe import free_port
from streamseg.kafka.cluster import connected
from streamseg.kafka.failures import Failure, find_failure, refusal

from .serving import served

SASL = {
    "security_protocol": "SASL_PLAINTEXT",
    "sasl_mechanism": "PLAIN",
    "sasl_plain_username": "ann",
    "sasl_plain_password": "hunter2",
}


async def meet(address: str, **options: Any) -> Failure:
    """What a client is told that cannot get in."""
    connection = {"bootstrap_servers": address, **options}
    try:
        async with connected(connection, 2_000):
            raise AssertionError("it got in")
    except KafkaConnectionError as error:
        failure = await find_failure(connection, error)
    assert "\n" not in failure.message
    assert "hunter2" not in failure.message
    return failure


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's context with a certificate that nobody has signed."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


@asynccontextmanager
async def listening(context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Takes connections, and hangs up at the first bytes."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(64)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def test_nothing_that_listens() -> None:
    address = f"127.0.0.1:{free_port()}"
    failure = asyncio.run(meet(address))
    assert f"nothing listens at {address}" in failure.message
    assert not failure.lasting, "it may come back"


def test_a_name_that_does_not_resolve() -> None:
    failure = asyncio.run(meet("no-such-host.invalid:9092"))
    assert "the name no-such-host.invalid cannot be resolved" in failure.message
    assert not failure.lasting


def test_each_of_several_addresses_is_told() -> None:
    one, other = free_port(), free_port()
    failure = asyncio.run(meet(f"127.0.0.1:{one},127.0.0.1:{other}"))
    assert f":{one}" in failure.message
    assert f":{other}" in failure.message


needs_openssl = pytest.mark.skipif(which("openssl") is None, reason="openssl is not here")


@needs_openssl
def test_a_certificate_that_is_not_trusted(tmp_path: Path) -> None:
    async def run() -> Failure:
        async with listening(self_signed(tmp_path)) as address:
            context = ssl.create_default_context()
            return await meet(address, security_protocol="SSL", ssl_context=context)

    failure = asyncio.run(run())
    assert "is not trusted (self-signed certificate)" in failure.message
    assert "STREAMSEG_TLS_CA_FILE" in failure.message
    assert failure.lasting


@needs_openssl
def test_tls_that_the_client_does_not_speak(tmp_path: Path) -> None:
    async def run() -> Failure:
        async with listening(self_signed(tmp_path)) as address:
            return await meet(address)

    failure = asyncio.run(run())
    assert "wants TLS, STREAMSEG_SECURITY_PROTOCOL=PLAINTEXT does not fit" in failure.message
    assert failure.lasting


def test_tls_that_only_the_client_speaks() -> None:
    async def run() -> Failure:
        async with served({}) as (address, _):
            context = ssl.create_default_context()
            return await meet(address, security_protocol="SSL", ssl_context=context)

    failure = asyncio.run(run())
    assert "STREAMSEG_SECURITY_PROTOCOL=SSL does not fit" in failure.message


def test_a_listener_that_hangs_up() -> None:
    async def run() -> Failure:
        async with listening() as address:
            return await meet(address)

    failure = asyncio.run(run())
    assert "hangs up" in failure.message
    assert "STREAMSEG_SECURITY_PROTOCOL=PLAINTEXT" in failure.message
    assert not failure.lasting, "so does a broker that is just starting"


def test_a_broker_that_names_itself_by_an_address_where_it_is_not() -> None:
    async def run() -> tuple[Failure, str]:
        async with served({}) as (address, broker):
            elsewhere = free_port()
            broker.port = elsewhere
            failure = await find_failure({"bootstrap_servers": address}, KafkaConnectionError())
            return failure, f"{address} answers, but names a broker 127.0.0.1:{elsewhere}"

    failure, expected = asyncio.run(run())
    assert expected in failure.message
    assert "advertised.listeners" in failure.message


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TopicAuthorizationFailedError("t.events"), "right on topic t.events"),
        (TopicAuthorizationFailedError(frozenset({"b", "a"})), "right on topic a, b"),
        (GroupAuthorizationFailedError("shop"), "right on group shop"),
    ],
)
def test_a_right_that_is_missing_is_named_with_the_user(error: Exception, expected: str) -> None:
    failure = refusal({"bootstrap_servers": "k:1", **SASL}, error)
    assert failure is not None
    assert f"the user ann lacks a {expected}" in failure.message
    assert failure.lasting


def test_other_errors_are_no_refusals() -> None:
    assert refusal({"bootstrap_servers": "k:1"}, KafkaConnectionError("x")) is None
