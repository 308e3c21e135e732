"""What tests of several folders share: one Kafka for the whole session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """The bootstrap address of a real broker; each test has topics of its own in it."""
    from streamseg.broker import local_kafka

    with local_kafka(heap="768m") as bootstrap:
        yield bootstrap
