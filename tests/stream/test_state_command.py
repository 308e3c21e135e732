"""`streamseg state export|import`: an installation's memory in another one, of other partitions."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import Install
from .installation import Installation

pytestmark = pytest.mark.stream

RULES = """
version: 1
segments:
  - {name: third, when: {did: searched, at_least: 3}, trigger: {}}
  - {name: back, use: back_in_stock}
"""
T0 = 1_795_255_200_000


def event(number: int, kind: str, owner: dict[str, str], **data: Any) -> dict[str, Any]:
    return {"id": f"e{number}", "type": kind, "time": T0 + number, **owner, "data": data}


def run(at: Installation, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "STREAMSEG_BOOTSTRAP": at.bootstrap,
        "STREAMSEG_APP_ID": at.name,
        "STREAMSEG_TOPIC_PREFIX": f"{at.name}.",
    }
    return subprocess.run(
        [sys.executable, "-m", "streamseg", "state", *command],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
    )


def test_what_is_remembered_moves_to_other_partitions(tmp_path: Path, install: Install) -> None:
    contacts = [f"c-{number}" for number in range(12)]
    old = install(RULES, 2)
    old.produce(
        [
            event(0, "stock_changed", {"product": "p-1"}, quantity=0),
            *(event(1, "product_viewed", {"contact": one}, product="p-1") for one in contacts),
            *(
                event(n, "searched", {"contact": one}, query="q")
                for n in (2, 3)
                for one in contacts
            ),
        ]
    )
    worker = old.worker()
    old.wait_drained()
    refused = run(old, "export")
    assert refused.returncode == 1
    assert "workers are running" in refused.stderr
    assert worker.stop() == 0

    document = tmp_path / "state.ndjson"
    exported = run(old, "export", "--out", str(document))
    assert exported.returncode == 0, exported.stderr
    kinds = [next(iter(json.loads(line))) for line in document.read_text().splitlines()]
    assert kinds.count("contact") == len(contacts)
    assert (kinds[0], kinds[-1]) == ("state", "end")

    new = install(RULES, 3)
    imported = run(new, "import", str(document))
    assert imported.returncode == 0, imported.stderr
    again = run(new, "import", str(document))
    assert "has records already" in again.stderr
    new.produce(
        [
            event(10, "stock_changed", {"product": "p-1"}, quantity=5),
            *(event(11, "searched", {"contact": one}, query="q") for one in contacts),
        ]
    )
    new.worker()
    new.wait_drained()
    told = sorted((one["segment"], one["contact"]) for one in new.told())
    assert told == sorted((name, one) for name in ("third", "back") for one in contacts)
