"""`streamseg topics` on a real cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from typer.testing import CliRunner

from streamseg.broker import local_kafka
from streamseg.cli.main import app
from streamseg.topics import Actual, TopicsError, load_catalogue
from streamseg.topics.cluster import admin, read_topics

from .installation import Installation

pytestmark = pytest.mark.stream

RULES = "version: 1\nsegments: [{name: a, use: inactivity}]\n"

PREFIX = "topics-test."


@pytest.fixture(scope="module")
def bootstrap() -> Iterator[str]:
    # as many clusters are set: who asks for a topic that is missing makes it
    overrides = {"auto.create.topics.enable": "true"}
    with local_kafka(heap="512m", overrides=overrides) as address:
        yield address


def topics(bootstrap: str, *arguments: str) -> tuple[int, list[str]]:
    options = [f"--bootstrap={bootstrap}", f"--prefix={PREFIX}"]
    done = CliRunner().invoke(app, ["topics", *arguments, *options])
    return done.exit_code, done.stdout.splitlines()


async def read(bootstrap: str) -> dict[str, Actual]:
    async with admin({"bootstrap_servers": bootstrap}) as client:
        return await read_topics(client, [topic.name for topic in load_catalogue(PREFIX).topics])


async def set_alone(bootstrap: str, name: str, settings: dict[str, str]) -> None:
    """Replaces all settings of a topic, as another tool might."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, settings)])
    await client.close()


def test_plan_makes_no_topic_by_asking_for_it(bootstrap: str) -> None:
    assert topics(bootstrap, "plan")[0] == 3
    assert asyncio.run(read(bootstrap)) == {}


def test_apply_makes_the_cluster_what_plan_wants(bootstrap: str) -> None:
    code, planned = topics(bootstrap, "plan", "--partitions=4")
    assert code == 3
    assert len(planned) == len(load_catalogue().topics)
    assert topics(bootstrap, "apply", "--partitions=4") == (0, planned)
    assert topics(bootstrap, "plan", "--partitions=4")[0] == 0
    found = asyncio.run(read(bootstrap))
    for topic in load_catalogue(PREFIX).with_partitions(4).topics:
        assert found[topic.name].partitions == topic.partitions
        assert found[topic.name].own == dict(topic.settings)

    # Partitions are raised together, and never lowered.
    assert topics(bootstrap, "apply", "--partitions=6")[0] == 0
    assert topics(bootstrap, "apply", "--partitions=4") == (0, ["topics are as they should be"])
    found = asyncio.run(read(bootstrap))
    counts = {found[PREFIX + short].partitions for short in ("events", "signals", "changelog")}
    assert counts == {6}

    # A setting that was changed is set back; one that the file does not name is left alone.
    changed = {"cleanup.policy": "delete", "min.insync.replicas": "1"}
    asyncio.run(set_alone(bootstrap, PREFIX + "changelog", changed))
    assert topics(bootstrap, "plan", "--partitions=6")[0] == 3
    assert topics(bootstrap, "apply", "--partitions=6")[0] == 0
    now = asyncio.run(read(bootstrap))[PREFIX + "changelog"]
    wanted = {**load_catalogue()["changelog"].settings, "min.insync.replicas": "1"}
    assert {name: now.settings[name] for name in wanted} == wanted  # one may be Kafka's own default
    assert now.own.items() <= wanted.items()


@pytest.mark.parametrize("app_id", ["", "of-a-laptop"], ids=["own-group", "another-group"])
def test_partitions_are_not_raised_under_running_workers(
    bootstrap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, app_id: str
) -> None:
    shop = Installation(bootstrap, tmp_path, RULES)
    (tmp_path / "another").mkdir()
    another = Installation(bootstrap, tmp_path / "another", RULES)  # its workers are no reason
    monkeypatch.setenv("STREAMSEG_APP_ID", app_id or shop.name)
    arguments = ["topics", "apply", "--partitions=6", f"--bootstrap={bootstrap}"]
    arguments.append(f"--prefix={shop.name}.")
    worker = shop.worker()
    try:
        another.worker().wait_running()
        worker.wait_running()
        refused = CliRunner().invoke(app, arguments)
        assert isinstance(refused.exception, TopicsError)
        assert f"workers are running (1 in the group {shop.name})" in str(refused.exception)
        assert "--force" in str(refused.exception)
        assert worker.stop() == 0
        assert CliRunner().invoke(app, arguments).exit_code == 0
    finally:
        shop.close()
        another.close()


def test_a_refusal_of_the_cluster_is_told(bootstrap: str) -> None:
    done = CliRunner().invoke(
        app, ["topics", "apply", f"--bootstrap={bootstrap}", "--prefix=x.", "--replication=3"]
    )
    assert done.exit_code == 1
    assert "cannot create x.events" in str(done.exception)


def test_a_cluster_that_is_away_is_told() -> None:
    done = CliRunner().invoke(app, ["topics", "plan", "--bootstrap=127.0.0.1:1"])
    assert done.exit_code == 1
    assert "nothing listens at 127.0.0.1:1" in str(done.exception)
