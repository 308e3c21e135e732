"""`streamseg doctor`: what it says of an installation, and how it ends a transaction that hangs."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from streamseg.broker.probe import free_port

from .guarded import Guarded
from .installation import Installation, wait_for
from .shop import RULES, simulated
from .stuck import leave_transaction

pytestmark = pytest.mark.stream


@pytest.fixture
def shop(guarded: Guarded, tmp_path: Path) -> Installation:
    return Installation(guarded.bootstrap, tmp_path, RULES, partitions=2)


def doctor(shop: Installation, *options: str, **settings: str) -> tuple[int, str]:
    """Its exit code, and what it says."""
    variables = {
        "bootstrap": shop.bootstrap,
        "app_id": shop.name,
        "topic_prefix": f"{shop.name}.",
        **settings,
    }
    environment = {key: value for key, value in os.environ.items() if "STREAMSEG" not in key}
    environment |= {f"STREAMSEG_{name.upper()}": value for name, value in variables.items()}
    done = subprocess.run(
        [sys.executable, "-m", "streamseg", "doctor", *options],
        env=environment, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def test_a_sound_installation_has_nothing_wrong(shop: Installation) -> None:
    shop.produce(simulated(300))
    worker = shop.worker()
    try:
        shop.wait_drained()
        code, said = doctor(shop)
        assert code == 0, said
        assert "has 1 workers" in said
        assert "no transaction hangs" in said
        assert "WRONG" not in said
    finally:
        worker.kill()


def test_what_is_missing_is_told_with_the_way_out(shop: Installation) -> None:
    code, said = doctor(shop, topic_prefix="nowhere.")
    assert code == 1
    assert "WRONG  Kafka has no topic" in said
    assert "streamseg topics apply" in said
    code, said = doctor(shop, bootstrap=f"127.0.0.1:{free_port()}")
    assert code == 1
    assert "nothing listens" in said
    code, said = doctor(shop, transaction_timeout="2h")
    assert code == 1
    assert "WRONG  STREAMSEG_TRANSACTION_TIMEOUT is 7200000 ms, and the broker allows" in said


def test_a_transaction_that_hangs_is_named_and_ended(shop: Installation) -> None:
    shop.produce(simulated(300))
    before = shop.worker()
    shop.wait_drained()
    assert before.stop() == 0
    leave_transaction(shop.bootstrap, shop.topic("changelog"), 0)
    leave_transaction(shop.bootstrap, shop.topic("triggers"), 1)

    code, said = doctor(shop)
    assert code == 1
    wrong = [line for line in said.splitlines() if line.startswith("WRONG")]
    assert len(wrong) == 2, said
    assert f"{shop.topic('changelog')}-0 from offset" in wrong[0]
    assert "by producer " in wrong[0]
    assert f"abort --topic {shop.topic('changelog')} --partition 0 --start-offset" in wrong[0]
    assert f"{shop.topic('triggers')}-1 from offset" in wrong[1]

    worker = shop.worker()
    try:
        wait_for(
            lambda: f"holds up {shop.topic('changelog')}-0" in worker.log, 100, lambda: worker.log
        )
        assert worker.log.count(f"holds up {shop.topic('changelog')}-0") == 1
        assert "partitions are running" not in worker.log
        code, said = doctor(shop, "--abort")
        assert code == 0, said
        assert said.count("ended a transaction that hung") == 2
        worker.wait_running(120)
        assert doctor(shop)[0] == 0
    finally:
        worker.kill()


def test_a_transaction_that_goes_on_is_left_alone(shop: Installation) -> None:

    async def during() -> tuple[int, str]:
        async with (
            AIOKafkaProducer(
                bootstrap_servers=shop.bootstrap, transactional_id=f"{shop.name}-other"
            ) as producer,
            producer.transaction(),
        ):
            await producer.send_and_wait(shop.topic("events"), b"{}", key=b"c", partition=0)
            return await asyncio.to_thread(doctor, shop, "--abort")

    code, said = asyncio.run(during())
    assert code == 0, said
    assert "no transaction hangs" in said
