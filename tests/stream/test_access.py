"""Who may not get in, or lacks a right, is told so in one line: by the commands and the worker."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka import TopicPartition

from streamseg.kafka.cluster import connected
from streamseg.settings import Settings
from streamseg.topics import load_catalogue
from streamseg.topics.strimzi import shop_rights, worker_rights

from .guarded import (
    DESCRIBE,
    GROUP,
    READ,
    TOPIC,
    TRANSACTIONAL_ID,
    WRITE,
    Guarded,
)
from .installation import Installation, wait_for
from .shop import RULES, simulated

pytestmark = pytest.mark.stream


@pytest.fixture
def shop(guarded: Guarded, tmp_path: Path) -> Installation:
    return Installation(guarded.bootstrap, tmp_path, RULES, partitions=2)


def told(settings: dict[str, str], *arguments: str) -> str:
    """The line with which a command ends."""
    environment = {key: value for key, value in os.environ.items() if "STREAMSEG" not in key}
    environment |= {f"STREAMSEG_{name.upper()}": value for name, value in settings.items()}
    done = subprocess.run(
        [sys.executable, "-m", "streamseg", *arguments],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


def ended(shop: Installation, **settings: str) -> str:
    """The last line of a worker that ends by itself, because of what a person has to mend."""
    worker = shop.worker(**settings)
    try:
        assert worker.wait(60) == 1, worker.log
    finally:
        worker.kill()
    assert "Traceback" not in worker.log
    (line,) = [line for line in worker.log.splitlines() if "[critical" in line]
    return line


COMMANDS = (["tail"], ["topics", "plan"], ["produce", os.devnull])


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_wrong_password(guarded: Guarded, command: list[str]) -> None:
    line = told(guarded.settings("ann", "wrong"), *command)
    assert f"{guarded.login} does not take the login of user ann" in line
    assert "wrong" not in line


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_login_where_one_is_wanted(guarded: Guarded, command: list[str]) -> None:
    line = told({"bootstrap": guarded.login}, *command)
    assert "it wants a login, STREAMSEG_SECURITY_PROTOCOL=PLAINTEXT does not fit" in line


def test_a_login_where_none_is_taken(guarded: Guarded) -> None:
    line = told({**guarded.settings("ann"), "bootstrap": guarded.bootstrap}, "tail")
    assert "takes no login, STREAMSEG_SECURITY_PROTOCOL=SASL_PLAINTEXT does not fit" in line


def test_a_mechanism_that_is_not_there(guarded: Guarded) -> None:
    line = told({**guarded.settings("ann"), "sasl_mechanism": "SCRAM-SHA-256"}, "tail")
    assert "knows no login by SCRAM-SHA-256" in line


def test_tls_where_none_is_spoken(guarded: Guarded) -> None:
    line = told({"bootstrap": guarded.bootstrap, "security_protocol": "SSL"}, "tail")
    assert "STREAMSEG_SECURITY_PROTOCOL=SSL does not fit" in line


@pytest.mark.parametrize("command", [["tail"], ["topics", "plan"]], ids=" ".join)
def test_a_user_without_a_right_is_not_told_that_topics_are_missing(
    guarded: Guarded, command: list[str]
) -> None:
    line = told(guarded.settings("bob"), *command)
    assert "the user bob lacks a right on topic streamseg." in line
    assert "topics apply" not in line


def test_who_may_write_no_topic_at_all_is_told_so(guarded: Guarded) -> None:
    line = told(guarded.settings("bob"), "produce", os.devnull)
    assert "the user bob lacks a right on the cluster (who may write" in line


def test_a_worker_with_a_wrong_password_ends_and_says_so(
    guarded: Guarded, shop: Installation
) -> None:
    assert "does not take the login of user ann" in ended(shop, **guarded.settings("ann", "x"))


def test_a_worker_is_told_each_right_that_it_lacks(guarded: Guarded, shop: Installation) -> None:
    shop.produce(simulated(200))
    settings, name = guarded.settings("ann"), shop.name
    assert f"right on topic {name}." in ended(shop, **settings)

    guarded.allow("ann", [(TOPIC, name, DESCRIBE)])
    assert f"right on group {name}" in ended(shop, **settings)

    guarded.allow("ann", [(GROUP, name, READ)])
    assert "right on transactional id" in ended(shop, **settings)

    guarded.allow("ann", [(TRANSACTIONAL_ID, name, operation) for operation in (DESCRIBE, WRITE)])
    assert f"right on topic {name}." in ended(shop, **settings), "it may not read them"

    guarded.allow("ann", [(TOPIC, name, READ)])
    assert f"right on topic {name}." in ended(shop, **settings), "it may not write them"

    guarded.allow("ann", [(TOPIC, name, WRITE)])
    worker = shop.worker(**settings)
    shop.wait_drained()
    wait_for(lambda: bool(shop.told()), 30, lambda: worker.log)
    assert worker.stop() == 0, "the rights of docs/operations.md are enough"


def run_as(settings: dict[str, str], shop: Installation, *arguments: str) -> str:
    """What a command prints that succeeds."""
    settings = settings | {"topic_prefix": f"{shop.name}."}
    environment = {f"STREAMSEG_{name.upper()}": value for name, value in settings.items()}
    done = subprocess.run(
        [sys.executable, "-m", "streamseg", *arguments],
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_rights_that_are_exported_for_strimzi_are_enough(
    guarded: Guarded, shop: Installation, tmp_path: Path
) -> None:
    catalogue = load_catalogue(f"{shop.name}.")
    guarded.allow_strimzi("sue", shop_rights(catalogue))
    guarded.allow_strimzi("wes", worker_rights(catalogue, shop.name))
    events = tmp_path / "events.ndjson"
    events.write_text("".join(json.dumps(event) + "\n" for event in simulated(200)))
    run_as(guarded.settings("sue"), shop, "produce", str(events))

    worker = shop.worker(**guarded.settings("wes"))
    shop.wait_drained()
    assert shop.told(), worker.log
    assert worker.stop() == 0, worker.log
    assert "may not read the settings" not in worker.log
    seen = run_as(guarded.settings("wes"), shop, "tail", "--from-beginning", "--max", "1")
    assert len(seen.splitlines()) == 1  # as timelines do

    async def trim() -> None:
        async with connected(Settings(**guarded.settings("wes")).connection()) as cluster:
            await cluster.delete_records({TopicPartition(shop.topic("signals"), 0): 0})

    asyncio.run(trim())
