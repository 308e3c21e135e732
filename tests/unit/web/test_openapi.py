"""The description of the API is valid, whole, and what the server does."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from streamseg.web.openapi import document
from streamseg.web.routes import PATH

from .serving import HOUR, T0, Shop, event, serving

# 500 is none of the statuses that are described; 503 is, as there is no Kafka here
CHECKS = (
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
NEEDS_KAFKA = ("/stream", "/dlq/replay", "/segments/{segment}/kpis", "/contacts/{contact}/export")


def described() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(document(Shop().api().routes)))
    return found


def test_the_description_is_valid() -> None:
    OpenAPIV31SpecValidator(described()).validate()


def test_every_path_parameter_and_every_scope_is_described() -> None:
    for path, operations in described()["paths"].items():
        for operation in operations.values():
            named = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert named == {name for name in PATH if f"{{{name}}}" in path}
            assert operation["x-scope"] in ("contacts", "stats", "dlq", "rules")
            assert operation["summary"]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server in a thread of its own."""
    shop = Shop()
    shop.feed(
        event("cart_item_added", T0, contact="0", product="0"),
        event("product_viewed", T0 + HOUR, contact="0", product="0"),
    )
    loop, found, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    urls: list[str] = []

    async def serve() -> None:
        api = shop.api()
        api.access._count = lambda name: None  # type: ignore[method-assign] # no limit of rate here
        async with serving(shop, api):
            assert shop.server is not None
            urls.append(str(shop.server.url))
            found.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert found.wait(10)
    yield urls[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)
    loop.close()


@pytest.mark.slow
@pytest.mark.parametrize("path", [path for path in described()["paths"] if path not in NEEDS_KAFKA])
def test_the_server_does_what_the_description_says(url: str, path: str) -> None:
    schema = schemathesis.openapi.from_dict(described())
    schema.config.update(base_url=f"{url}/api/v1")
    is_slow = path in ("/rules/check", "/rules/backtest")  # each in a process of its own
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path != path:
            continue

        @settings(
            max_examples=3 if is_slow else 25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            case.call_and_validate(checks=list(CHECKS))

        ask()
