"""Asks the workers of a group over HTTP, from outside: first finds the
worker that has a contact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from aiohttp import ClientError, ClientSession, ClientTimeout
from aiokafka import TopicPartition
from yarl import URL

from streamseg.core.errors import StreamsegError
from streamseg.kafka.partitioning import partition_of
from streamseg.stream.assignor import url_of
from streamseg.stream.clients import new_cluster, stop_quietly
from streamseg.stream.contact_timeline import TOLD
from streamseg.web.routes import BASE

if TYPE_CHECKING:
    from streamseg.settings import Settings

ASK_SECONDS: Final = 40.0


class AskError(StreamsegError):
    """The workers cannot be asked, and why."""


class Whereabouts:
    """Where a contact is: its partition, and how many there are.

    ``url``: the address of the worker that has it (None: no worker says so). ``is_run``: there are
    workers, with an address or without.
    """

    def __init__(self, partition: int, partitions: int, url: str | None, *, is_run: bool) -> None:
        self.partition = partition
        self.partitions = partitions
        self.url = url
        self.is_run = is_run


async def find(settings: Settings, contact: str) -> Whereabouts:
    """Find a contact. Raises AskError, KafkaError."""
    cluster = new_cluster(settings)
    topic = settings.topic("events")
    try:
        await cluster.start()
        found = await cluster.topics([topic])
        if topic not in found:
            raise AskError(f"no topic {topic}; make the topics with: streamseg topics apply")
        count = len(found[topic].leaders)
        number = partition_of(contact.encode(), count)
        members = await cluster.members(settings.app_id)
    finally:
        await stop_quietly(cluster)
    urls = [url_of(one.user_data) for one in members if number in one.assignment.get(topic, [])]
    told = [url for url in urls if url is not None]
    return Whereabouts(number, count, told[0] if told else None, is_run=bool(members))


async def find_told(settings: Settings, partitions: list[int]) -> list[TopicPartition]:
    """Where triggers and decisions of partitions of contacts lie. Raises KafkaError."""
    cluster = new_cluster(settings)
    names = [settings.topic(topic) for topic in TOLD[:2]]
    try:
        await cluster.start()
        found = await cluster.topics(names)
    finally:
        await stop_quietly(cluster)
    places = [
        TopicPartition(name, partition % len(found[name].leaders))
        for name in names
        if name in found
        for partition in partitions
    ]
    return list(dict.fromkeys(places))


def path_of(*parts: str, **query: str | None) -> str:
    """A path of the API with its query; parameters that are None are left out."""
    path = "/".join(quote(part, safe="") for part in parts)
    given = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items() if value)
    return f"{BASE}/{path}{'?' if given else ''}{given}"


async def ask(settings: Settings, url: str, path: str) -> tuple[int, bytes]:
    """The status and body of a worker's answer. Raises AskError where there is no answer."""
    token = settings.secret("api_token")
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    try:
        async with (
            ClientSession(timeout=ClientTimeout(total=ASK_SECONDS)) as session,
            session.get(URL(f"{url}{path}", encoded=True), headers=headers) as answer,
        ):
            return answer.status, await answer.read()
    except (ClientError, TimeoutError, OSError) as error:
        what = str(error) or type(error).__name__
        raise AskError(
            f"the worker at {url} does not answer: {what}; where it is "
            "behind another address, set STREAMSEG_ADVERTISE for it"
        ) from None
