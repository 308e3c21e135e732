"""What tests of several folders share: one Kafka for the whole session."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

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


def pytest_report_header() -> str:
    return f"engine: {'compiled' if IS_COMPILED else 'as Python'}"


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """The bootstrap address of a real broker; each test has topics of its own in it."""
    from streamseg.broker import local_kafka

    with local_kafka(heap="768m") as bootstrap:
        yield bootstrap
