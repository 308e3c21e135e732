"""Reads the topics of a cluster and carries out a plan, with aiokafka's admin client."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
    for_code,
)

from streamseg.kafka.cluster import Cluster
from streamseg.kafka.failures import find_failure
from streamseg.topics.errors import TopicsError
from streamseg.topics.plan import Actual, Create, Plan, RaisePartitions, SetSettings, make_plan

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from streamseg.topics.catalogue import Catalogue

_SET_ON_TOPIC = 1  # DescribeConfigs: the source of a value that was set on the topic itself
_UNKNOWN_TOPIC = 3
SEEN_TIMEOUT_S = 15


class Admin(AIOKafkaAdminClient):  # type: ignore[misc]
    """aiokafka's admin client, with `asked` for what must not create topics by asking for them."""

    def __init__(self, connection: Mapping[str, Any]) -> None:
        super().__init__(**connection)
        self.asked = Cluster(connection)

    async def start(self) -> None:
        """Connect. Raises KafkaError."""
        await super().start()
        await self.asked.start()

    async def close(self) -> None:
        """Disconnect."""
        await self.asked.close()
        await super().close()


@asynccontextmanager
async def admin(connection: Mapping[str, Any]) -> AsyncIterator[Admin]:
    """An admin client; `connection` are aiokafka's client options, at least bootstrap_servers.

    Raises TopicsError for what the cluster refuses and for a cluster that does not answer.
    """
    client = Admin(connection)
    try:
        await client.start()
        yield client
    except KafkaError as error:
        raise TopicsError((await find_failure(connection, error)).message) from error
    finally:
        await client.close()


async def read_topics(client: Admin, names: Iterable[str]) -> dict[str, Actual]:
    """Those of `names` that exist, as they are."""
    topics = await client.asked.topics(names)
    settings = await _read_settings(client, list(topics))
    return {
        name: Actual(
            partitions=len(topic.leaders),
            replication=topic.replicas,
            settings={key: value for key, (value, _) in settings[name].items()},
            own={key: value for key, (value, own) in settings[name].items() if own},
        )
        for name, topic in topics.items()
        if name in settings
    }


async def plan(client: Admin, catalogue: Catalogue, *, may_shorten: bool = False) -> Plan:
    """Compares the catalogue with the cluster."""
    actual = await read_topics(client, [topic.name for topic in catalogue.topics])
    return make_plan(catalogue, actual, may_shorten=may_shorten)


async def apply(client: Admin, catalogue: Catalogue, *, may_shorten: bool = False) -> Plan:
    """Makes the cluster as the catalogue wants it; returns what was done, when it can be seen.

    Raises TopicsError at the first step that is refused.
    """
    done = await plan(client, catalogue, may_shorten=may_shorten)
    for step in done.steps:
        match step:
            case Create():
                await _create(client, step)
            case RaisePartitions():
                await client.create_partitions({step.name: NewPartitions(step.after)})
            case SetSettings():
                await _set(client, step)
    if done.steps:
        await _wait_until_seen(client, catalogue, may_shorten)
    return done


async def ensure_topics(
    connection: Mapping[str, Any], catalogue: Catalogue, *, may_shorten: bool = False
) -> Plan:
    """`apply` with a client of its own."""
    async with admin(connection) as client:
        return await apply(client, catalogue, may_shorten=may_shorten)


async def _wait_until_seen(client: Admin, catalogue: Catalogue, may_shorten: bool) -> None:
    """The controller answers before every broker knows: wait until none asks for more."""
    try:
        async with asyncio.timeout(SEEN_TIMEOUT_S):
            while (await plan(client, catalogue, may_shorten=may_shorten)).steps:  # noqa: ASYNC110 (nothing tells us)
                await asyncio.sleep(0.05)
    except TimeoutError:
        left = "; ".join(
            str(step) for step in (await plan(client, catalogue, may_shorten=may_shorten)).steps
        )
        raise TopicsError(f"done, but not seen after {SEEN_TIMEOUT_S} s: {left}") from None


async def _create(client: Admin, step: Create) -> None:
    topic = step.topic
    new = NewTopic(
        topic.name,
        topic.partitions,
        topic.replication,
        topic_configs=dict(topic.settings),
    )
    response = await client.create_topics([new])
    for _, code, message in response.topic_errors:
        _check(code, "cannot create", topic.name, message)


async def _set(client: Admin, step: SetSettings) -> None:
    # The request replaces all of a topic's own settings: what was there is sent along.
    settings = {**step.own, **{name: new for name, (_, new) in step.changes.items()}}
    resource = ConfigResource(ConfigResourceType.TOPIC, step.name, settings)
    for response in await client.alter_configs([resource]):
        for code, message, *_ in response.resources:
            _check(code, "cannot set", step.name, message)


async def _read_settings(client: Admin, names: list[str]) -> dict[str, dict[str, tuple[str, bool]]]:
    """topic -> setting -> (value, whether it was set on the topic itself).

    Lacks a topic that the broker which answers does not know yet.
    """
    if not names:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found: dict[str, dict[str, tuple[str, bool]]] = {}
    for response in await client.describe_configs(resources):
        for resource in response.to_object()["resources"]:
            name = resource["resource_name"]
            if resource["error_code"] == _UNKNOWN_TOPIC:
                continue
            _check(resource["error_code"], "cannot read the settings of", name)
            found[name] = {
                entry["config_names"]: (
                    entry["config_value"],
                    entry["config_source"] == _SET_ON_TOPIC,
                )
                for entry in resource["config_entries"]
                if entry["config_value"] is not None
            }
    return found


def _check(code: int, doing: str, topic: str, message: str | None = None) -> None:
    if code:
        error: type[KafkaError] = for_code(code)
        if error in (TopicAuthorizationFailedError, ClusterAuthorizationFailedError):
            raise error(topic)  # told with the user who lacks the right
        raise TopicsError(f"{doing} {topic}: {message or error.__name__}")
