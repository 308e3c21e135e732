"""What the chart relies on: the Job before the pods, spare pods, and names that stay."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from streamseg.broker.probe import free_port

from .installation import Installation, wait_for
from .shop import RULES, simulated

pytestmark = pytest.mark.stream


@pytest.fixture
def shop(kafka: str, tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(kafka, tmp_path, RULES, partitions=1, products=1)
    yield installation
    installation.close()


def job(kafka: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Runs `streamseg topics` as the chart's Job does."""
    named = {"bootstrap": kafka, **settings}
    environment = {k: v for k, v in os.environ.items() if not k.startswith("STREAMSEG_")}
    environment |= {f"STREAMSEG_{name.upper()}": value for name, value in named.items()}
    return subprocess.run(
        [sys.executable, "-m", "streamseg", "topics", *arguments],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_job_fails_where_topics_cannot_be_made(kafka: str) -> None:
    done = job(kafka, "apply", "--partitions=1", "--replication=3", topic_prefix="three.")
    assert done.returncode == 1
    assert "three.events" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_job_fails_while_strimzi_has_not_made_the_topics(kafka: str) -> None:
    done = job(kafka, "plan", "--partitions=1", topics_owner="strimzi", topic_prefix="later.")
    assert done.returncode == 3
    assert "create later.events (1 partitions" in done.stdout


def test_the_job_is_content_with_what_strimzi_has_made(kafka: str, shop: Installation) -> None:
    named = {"topics_owner": "strimzi", "topic_prefix": f"{shop.name}."}
    arguments = ("plan", "--partitions=1", "--replication=1")
    assert job(kafka, *arguments, **named).returncode == 3, "products has 1 partition, not 4"
    shop.add_partitions("products", 4)
    shop.add_partitions("catalog", 4)
    done = job(kafka, *arguments, **named)
    assert (done.returncode, done.stdout) == (0, "topics are as they should be\n")


def health(port: int) -> tuple[int, dict[str, Any]]:
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)
    except OSError:
        return 0, {}


def test_spare_workers_are_ready_and_take_over_from_one_that_is_lost(shop: Installation) -> None:
    """2 partitions, one of each input, and 3 workers: at least one has nothing to do."""
    ports = [free_port() for _ in range(3)]
    workers = [
        shop.worker(group_instance_id=f"{shop.name}-{number}", web_port=str(port))
        for number, port in enumerate(ports)
    ]

    def assigned(*among: int) -> list[int] | None:
        """How many each of these workers has; None while one is not ready."""
        found = [health(ports[number]) for number in among]
        if any(code != 200 for code, _ in found):
            return None
        return [int(body["partitions_assigned"]) for _, body in found]

    wait_for(
        lambda: sum(assigned(0, 1, 2) or []) == 2, 60, lambda: str([health(port) for port in ports])
    )
    counts = assigned(0, 1, 2)
    assert counts is not None
    assert 0 in counts
    lost = counts.index(max(counts))
    workers[lost].process.send_signal(signal.SIGKILL)
    left = [number for number in range(3) if number != lost]
    wait_for(lambda: sum(assigned(*left) or []) == 2, 60, lambda: workers[left[0]].log)
    shop.produce(simulated(200))
    shop.wait_drained()
    assert shop.told()
