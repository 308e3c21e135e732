"""A Kafka of its own with a door for each way in: TLS, SCRAM, tokens and certificates."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    CompactArray,
    CompactBytes,
    CompactString,
    Int8,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from streamseg.broker import local_kafka
from streamseg.broker.probe import free_port
from tests.certificates import Authority, Pair
from tests.tokens import TokenServer, token_server

SCRAM = {"SCRAM-SHA-256": (1, "sha256"), "SCRAM-SHA-512": (2, "sha512")}
_ITERATIONS = 4096
_SALT = b"of these tests"
_TEXT = CompactString("utf-8")
_TAGS = ("tags", TaggedFields)
_DOORS = {
    "TLS": "SSL",
    "CERTIFICATE": "SSL",
    "SCRAM": "SASL_SSL",
    "TOKEN": "SASL_PLAINTEXT",
}


class _AlterScramResponse(Response):
    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(("user", _TEXT), ("error_code", Int16), ("error_message", _TEXT), _TAGS),
        ),
        _TAGS,
    )


class _AlterScramStruct(RequestStruct):
    FLEXIBLE_VERSION = True
    API_KEY = 51
    API_VERSION = 0
    RESPONSE_TYPE = _AlterScramResponse
    SCHEMA = Schema(
        ("deletions", CompactArray(("name", _TEXT), ("mechanism", Int8), _TAGS)),
        (
            "upsertions",
            CompactArray(
                ("name", _TEXT),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _AlterScram(Request[_AlterScramStruct]):
    API_KEY = 51

    def __init__(self, user: str, password: str, mechanism: str) -> None:
        number, digest = SCRAM[mechanism]
        salted = hashlib.pbkdf2_hmac(digest, password.encode(), _SALT, _ITERATIONS)
        self._upsertion = (user, number, _ITERATIONS, _SALT, salted, {})

    def build(self, request_struct_class: type[_AlterScramStruct]) -> _AlterScramStruct:
        return request_struct_class([], [self._upsertion], {})


@dataclass(frozen=True)
class Secured:
    """`bootstrap` lets everybody in; `doors` are the addresses of the other ways."""

    bootstrap: str
    doors: dict[str, str]
    authority: Authority
    client: Pair
    tokens: TokenServer

    def settings(self, door: str, **others: str) -> dict[str, str]:
        """STREAMSEG_ variables, in lower case, of a way in without who it is."""
        found = {"bootstrap": self.doors[door], "security_protocol": _DOORS[door], **others}
        if _DOORS[door].endswith("SSL"):
            found["tls_ca_file"] = str(self.authority.certificate)
        return found

    def set_password(self, user: str, password: str) -> None:
        """Make a user of SCRAM, or give it another password."""

        async def alter() -> None:
            client = AIOKafkaClient(bootstrap_servers=self.bootstrap)
            await client.bootstrap()
            try:
                for mechanism in SCRAM:  # one a request
                    asked = _AlterScram(user, password, mechanism)
                    answer = await client.send(client.get_random_node(), asked)
                    assert [code for _, code, *_ in answer.results] == [0], answer
            finally:
                await client.close()

        asyncio.run(alter())


@contextmanager
def secured_kafka(folder: Path) -> Iterator[Secured]:
    """Such a Kafka for the length of a `with` block; its certificates are in `folder`."""
    authority = Authority(folder)
    ports = {name: free_port() for name in _DOORS}
    doors = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
    named = ",".join(f"{name}://{address}" for name, address in doors.items())
    protocols = ",".join(f"{name}:{protocol}" for name, protocol in _DOORS.items())
    module = "org.apache.kafka.common.security"
    overrides = {
        "listeners": "PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port},"
        + named,
        "advertised.listeners": "PLAINTEXT://127.0.0.1:{port}," + named,
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT," + protocols,
        **_stores(authority, folder),
        "listener.name.certificate.ssl.client.auth": "required",
        "listener.name.scram.sasl.enabled.mechanisms": ",".join(SCRAM),
        "listener.name.scram.scram-sha-256.sasl.jaas.config": (
            f"{module}.scram.ScramLoginModule required;"
        ),
        "listener.name.scram.scram-sha-512.sasl.jaas.config": (
            f"{module}.scram.ScramLoginModule required;"
        ),
        # A broker closes connections whose login is so old: a client has to come again.
        "listener.name.scram.scram-sha-512.connections.max.reauth.ms": "4000",
        "listener.name.token.sasl.enabled.mechanisms": "OAUTHBEARER",
        "listener.name.token.oauthbearer.sasl.jaas.config": (
            f"{module}.oauthbearer.OAuthBearerLoginModule required "
            'unsecuredLoginStringClaim_sub="x";'
        ),
    }
    with (
        token_server({"shop": "s3cret"}) as tokens,
        local_kafka(heap="512m", overrides=overrides) as bootstrap,
    ):
        yield Secured(bootstrap, doors, authority, authority.sign("client"), tokens)


def _stores(authority: Authority, folder: Path) -> dict[str, str]:
    own = authority.sign("broker")
    store = folder / "broker-store.pem"
    store.write_bytes(own.key.read_bytes() + own.certificate.read_bytes())
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(store),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority.certificate),
    }
