"""`streamseg fit --from`: the orders that are in Kafka give the model that a file of them gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.unit.fit.shop import DAY, lines, shop

from .conftest import Install
from .installation import Installation

pytestmark = pytest.mark.stream

RULES = "version: 1\nsegments: [{name: any, on: order_placed}]"
SPAN = 400  # days of the shop; the newest is two days old
MARGIN = 2 * DAY


def orders() -> list[dict[str, Any]]:
    """The orders of a shop, in the order of their times."""
    told = [json.loads(line) for line in lines(shop(1200, SPAN), ms=True)]
    end = max(event["time"] for event in told)
    shift = int(time.time() * 1000) - MARGIN - end
    events = [{**event, "time": event["time"] + shift} for event in told]
    return sorted(events, key=lambda event: int(event["time"]))


def fit(folder: Path, environment: dict[str, str], *options: str) -> tuple[Any, str]:
    """The model that the command writes, and what it says."""
    out = folder / "clv.json"
    command = [sys.executable, "-m", "streamseg", "fit", *options, "--out", str(out)]
    done = subprocess.run(
        command, check=False, env=os.environ | environment, capture_output=True, text=True,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(out.read_text()), done.stderr


def of(shop: Installation) -> dict[str, str]:
    return {
        "STREAMSEG_BOOTSTRAP": shop.bootstrap,
        "STREAMSEG_APP_ID": shop.name,
        "STREAMSEG_TOPIC_PREFIX": f"{shop.name}.",
    }


def test_orders_in_kafka_give_the_model_that_a_file_of_them_gives(
    install: Install, tmp_path: Path
) -> None:
    events = orders()
    installed = install(RULES, 3)
    installed.produce(events)
    installed.send([("events", b"c-1", b"no JSON", [])])
    name = tmp_path / "orders.ndjson"
    name.write_text("\n".join(map(json.dumps, events)))
    whole, said = fit(tmp_path, of(installed), "--from", f"{SPAN + 100}d")
    assert whole == fit(tmp_path, {}, str(name))[0]
    assert "1 refused" in said

    since = int(time.time() * 1000) - 300 * DAY
    name.write_text("\n".join(json.dumps(one) for one in events if one["time"] >= since))
    late, _ = fit(tmp_path, of(installed), "--from", "300d")
    assert late == fit(tmp_path, {}, str(name))[0]
    assert late["contacts"] < whole["contacts"]
