"""Records or state that somebody deletes: a worker stops and says so, and fires nothing again."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from streamseg.topics.cluster import admin

from .conftest import Install
from .installation import Installation, Worker, ids, wait_for
from .shop import simulated

pytestmark = pytest.mark.stream


def stopped(worker: Worker) -> str:
    """The line with which a worker ends."""
    assert worker.wait(60) == 1, worker.log
    assert "Traceback" not in worker.log
    (line,) = [line for line in worker.log.splitlines() if "[critical" in line]
    assert "--accept-loss" in line
    return line


def ask(shop: Installation, what: Any) -> None:
    async def run() -> None:
        async with admin({"bootstrap_servers": shop.bootstrap}) as client:
            await what(client)

    asyncio.run(run())


def set_policy(shop: Installation, short: str, policy: str) -> None:
    resource = ConfigResource(
        ConfigResourceType.TOPIC, shop.topic(short), {"cleanup.policy": policy}
    )
    ask(shop, lambda client: client.alter_configs([resource]))


def delete_records(shop: Installation, short: str, before: int, partition: int = 0) -> None:
    tp = TopicPartition(shop.topic(short), partition)
    ask(shop, lambda client: client.delete_records({tp: RecordsToDelete(before)}))


def make_anew(shop: Installation, short: str) -> None:
    """Delete a topic, and make one of the same name."""
    topic, count = shop.topic(short), shop.counts[short]

    async def run(client: Any) -> None:
        await client.delete_topics([topic])
        while topic in await client.list_topics():  # noqa: ASYNC110 - Kafka tells by no event
            await asyncio.sleep(0.1)
        new = NewTopic(topic, count, 1, topic_configs={"cleanup.policy": "compact"})
        (answer,) = (await client.create_topics([new])).topic_errors
        assert answer[1] == 0, answer

    ask(shop, run)


def worked_off(install: Install) -> Installation:
    """An installation of one partition that has worked off some events, and is stopped."""
    shop = install(partitions=1)
    shop.produce(simulated(2_000))
    worker = shop.worker()
    shop.wait_drained()
    assert worker.stop() == 0
    assert shop.count("triggers")
    return shop


def test_records_deleted_under_a_running_worker_stop_it(install: Install) -> None:
    shop = install(partitions=1)
    worker = shop.worker(session_timeout="60s")
    worker.wait_running()
    events = [event for event in simulated(3_000) if "contact" in event]
    shop.produce(events[:100])
    wait_for(lambda: shop.committed_events() >= 100, 30, lambda: worker.log)
    worker.freeze()
    time.sleep(0.5)  # its last fetch waits at the broker for a while, and would get them all
    shop.produce(events[100:])
    delete_records(shop, "events", len(events) - 40)
    worker.thaw()
    line = stopped(worker)
    assert f"to {len(events) - 41}) were deleted before they were read" in line


def test_records_deleted_while_no_worker_ran_stop_the_next_and_can_be_accepted(
    install: Install,
) -> None:
    shop = worked_off(install)
    reached = shop.committed_events()
    more = [event for event in simulated(4_000) if "contact" in event][2_000:]
    shop.produce(more)
    delete_records(shop, "events", reached + 300)
    assert "300 records of" in stopped(shop.worker())
    accepting = shop.worker("-m", "streamseg", "worker", "--accept-loss")
    shop.wait_drained()
    assert "300 records of" in accepting.log
    assert accepting.stop() == 0
    plain = shop.worker()
    plain.wait_running()
    assert plain.stop() == 0, "what was accepted is no loss any more"


def test_a_changelog_that_is_made_anew_stops_the_worker_and_fires_nothing_again(
    install: Install,
) -> None:
    shop = worked_off(install)
    told = ids(shop.told())
    make_anew(shop, "changelog")
    line = stopped(shop.worker())
    assert "changelog-0 has no state, but the group has worked" in line
    accepting = shop.worker("-m", "streamseg", "worker", "--accept-loss")
    accepting.wait_running()
    shop.wait_drained()
    assert accepting.stop() == 0
    assert ids(shop.told()) == told, "nothing fires again"
    plain = shop.worker()
    plain.wait_running()
    assert plain.stop() == 0


def test_a_changelog_that_is_made_anew_under_a_running_worker_stops_it_and_the_next(
    install: Install,
) -> None:
    shop = install(partitions=1)
    shop.produce(simulated(1_000))
    worker = shop.worker()
    shop.wait_drained()
    make_anew(shop, "changelog")
    shop.produce(simulated(1_200)[1_000:])
    assert "changelog" in stopped(worker)
    assert "changelog" in stopped(shop.worker())


def test_a_changelog_whose_first_records_are_deleted_stops_the_worker(install: Install) -> None:
    shop = worked_off(install)
    set_policy(shop, "changelog", "compact,delete")
    delete_records(shop, "changelog", 50)
    set_policy(shop, "changelog", "compact")
    assert "(offsets 0 to 49) were deleted" in stopped(shop.worker())


@pytest.mark.parametrize("policy", ["delete", "compact,delete"])
def test_a_changelog_that_is_not_compacted_is_refused(install: Install, policy: str) -> None:
    shop = install(partitions=1)
    set_policy(shop, "catalog", policy)
    worker = shop.worker()
    assert worker.wait() == 1
    assert f"{shop.topic('catalog')} has cleanup.policy={policy}" in worker.log
    assert "streamseg topics apply" in worker.log
