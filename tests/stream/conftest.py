"""Installations for tests of the host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .guarded import Guarded, guarded_kafka
from .installation import Installation
from .shop import RULES

Install = Callable[..., Installation]


@pytest.fixture(scope="session")
def guarded() -> Iterator[Guarded]:
    """A Kafka that asks for a login."""
    with guarded_kafka() as kafka:
        yield kafka


@pytest.fixture
def install(kafka: str, tmp_path: Path) -> Iterator[Install]:
    """Makes installations: `install(rules=..., partitions=...)`."""
    made: list[Installation] = []

    def make(rules: str = RULES, partitions: int = 4) -> Installation:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(Installation(kafka, folder, rules, partitions))
        return made[-1]

    yield make
    for installation in made:
        installation.close()
