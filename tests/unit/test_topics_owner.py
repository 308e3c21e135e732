"""Topics have one owner: where that is Strimzi, `topics apply` changes nothing."""

from __future__ import annotations

import subprocess
import sys

from streamseg.broker.probe import free_port


def test_apply_leaves_topics_of_strimzi_alone_before_it_asks_kafka() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "streamseg", "topics", "apply"],
        env={
            "STREAMSEG_TOPICS_OWNER": "strimzi",
            "STREAMSEG_BOOTSTRAP": f"127.0.0.1:{free_port()}",
        },
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "the topics are Strimzi's" in done.stderr
    assert "topics export strimzi" in done.stderr
