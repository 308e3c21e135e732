"""What tests of several folders share: one Kafka for the whole session."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from itertools import groupby

import pytest

from streamseg.core.compiled import IS_COMPILED

if find_spec("hypothesis"):  # else its plugin imports it at the end of a run: Python 3.11 may crash
    import_module("hypothesis")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--compiled`: so that a path that is set wrong does not test the engine as Python twice."""
    parser.addoption("--compiled", action="store_true", help="the engine must be compiled")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("compiled") and not IS_COMPILED:
        raise pytest.UsageError("the engine is not compiled here: use `make test-compiled`")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where processes test side by side, spread the files with tests on Kafka evenly: these tests
    wait more than they work, and all processes would else wait at the end.
    """
    if not hasattr(config, "workerinput"):
        return
    files = [list(file) for _, file in groupby(items, key=lambda item: item.path)]
    on_kafka = [file for file in files if file[0].get_closest_marker("stream")]
    others = [file for file in files if not file[0].get_closest_marker("stream")]
    places = [
        (number / len(kind), file)
        for kind in (on_kafka, others)
        for number, file in enumerate(kind)
    ]
    items[:] = [item for _, file in sorted(places, key=lambda one: one[0]) for item in file]


def pytest_report_header() -> str:
    return f"engine: {'compiled' if IS_COMPILED else 'as Python'}"


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """The bootstrap address of a real broker; each test has topics of its own in it."""
    from streamseg.broker import local_kafka

    with local_kafka(heap="768m") as bootstrap:
        yield bootstrap
