"""A Kafka of its own that asks for a login, and gives each user some rights."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Int8, Int16, Int32, Schema, String

from streamseg.broker import local_kafka
from streamseg.broker.probe import free_port

TOPIC, GROUP, CLUSTER, TRANSACTIONAL_ID = 2, 3, 4, 5
READ, WRITE, DELETE, DESCRIBE, DESCRIBE_CONFIGS = 3, 4, 6, 8, 10
_PREFIXED, _ALLOW = 4, 3
_USERS = {name: f"{name}-secret" for name in ("ann", "bob", "wes", "sue")}
# How Strimzi writes rights, in the numbers of Kafka's protocol.
_STRIMZI = {
    "topic": TOPIC, "group": GROUP, "cluster": CLUSTER, "transactionalId": TRANSACTIONAL_ID,
    "Read": READ, "Write": WRITE, "Describe": DESCRIBE, "DescribeConfigs": DESCRIBE_CONFIGS,
    "Delete": DELETE,
    "literal": 3, "prefix": _PREFIXED,
}  # fmt: skip


class _CreateAclsResponse(Response):
    API_KEY = 30
    API_VERSION = 1
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("results", Array(("error_code", Int16), ("error_message", String("utf-8")))),
    )


class _CreateAclsStruct(RequestStruct):
    API_KEY = 30
    API_VERSION = 1
    RESPONSE_TYPE = _CreateAclsResponse
    SCHEMA = Schema(
        (
            "creations",
            Array(
                ("resource_type", Int8),
                ("resource_name", String("utf-8")),
                ("pattern_type", Int8),
                ("principal", String("utf-8")),
                ("host", String("utf-8")),
                ("operation", Int8),
                ("permission", Int8),
            ),
        )
    )


class _CreateAcls(Request[_CreateAclsStruct]):
    API_KEY = 30

    def __init__(self, creations: list[tuple[object, ...]]) -> None:
        self._creations = creations

    def build(self, request_struct_class: type[_CreateAclsStruct]) -> _CreateAclsStruct:
        return request_struct_class(self._creations)


@dataclass(frozen=True)
class Guarded:
    """`bootstrap` lets everybody in, with all rights; `login` asks who it is."""

    bootstrap: str
    login: str

    def settings(self, user: str, password: str | None = None) -> dict[str, str]:
        """STREAMSEG_ variables, in lower case, of a user."""
        return {
            "bootstrap": self.login,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_username": user,
            "sasl_password": password or _USERS[user],
        }

    def allow(self, user: str, rights: Iterable[tuple[int, str, int]]) -> None:
        """Give rights: type of resource, beginning of its name, operation."""

        self._grant(user, [(what, name, _PREFIXED, operation) for what, name, operation in rights])

    def allow_strimzi(self, user: str, rights: Iterable[dict[str, Any]]) -> None:
        """Give the rights that a KafkaUser lists."""
        self._grant(
            user,
            [
                (
                    _STRIMZI[right["resource"]["type"]],
                    right["resource"].get("name", "kafka-cluster"),
                    _STRIMZI[right["resource"].get("patternType", "literal")],
                    _STRIMZI[operation],
                )
                for right in rights
                for operation in right["operations"]
            ],
        )

    def _grant(self, user: str, rights: Iterable[tuple[int, str, int, int]]) -> None:
        async def create() -> None:
            client = AIOKafkaClient(bootstrap_servers=self.bootstrap)
            await client.bootstrap()
            try:
                acls = [
                    (what, name, pattern, f"User:{user}", "*", operation, _ALLOW)
                    for what, name, pattern, operation in rights
                ]
                answer = await client.send(client.get_random_node(), _CreateAcls(acls))
                assert not any(code for code, _ in answer.results), answer
            finally:
                await client.close()

        asyncio.run(create())


@contextmanager
def guarded_kafka() -> Iterator[Guarded]:
    """Such a Kafka for the length of a `with` block."""
    login = free_port()
    users = " ".join(f'user_{name}="{password}"' for name, password in _USERS.items())
    overrides = {
        "listeners": "PLAINTEXT://127.0.0.1:{port},LOGIN://127.0.0.1:"
        f"{login},CONTROLLER://127.0.0.1:{{controller_port}}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{{port}},LOGIN://127.0.0.1:{login}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,"
        "LOGIN:SASL_PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.login.plain.sasl.jaas.config": "org.apache.kafka.common.security.plain."
        f"PlainLoginModule required {users};",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
        # so that a test can leave a transaction behind that nobody knows (see stuck.py)
        "transaction.partition.verification.enable": "false",
    }
    with local_kafka(heap="512m", overrides=overrides) as bootstrap:
        yield Guarded(bootstrap, f"127.0.0.1:{login}")
