"""What a worker's /metrics says."""

from __future__ import annotations

import re
import urllib.request

from .installation import Worker


def scrape(worker: Worker) -> str:
    """A worker's metrics."""
    address = re.search(r"http://[\d.:]+/metrics", worker.log)
    assert address is not None, worker.log
    with urllib.request.urlopen(address[0], timeout=5) as answer:  # noqa: S310
        text: str = answer.read().decode()
        return text


def scraped(worker: Worker, sample: str) -> float:
    """One sample of a worker's metrics."""
    found = re.search(rf"^{re.escape(sample)} (\S+)$", scrape(worker), re.MULTILINE)
    return float(found[1]) if found else 0.0
