"""The description of the API is valid, whole, and what the server does."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from streamseg.explain.dossier import Dossier
from streamseg.web.answers import DossierFound, KpisAnswer, KpisFound, Resent, ResentAnswer
from streamseg.web.openapi import document
from streamseg.web.routes import PATH
from streamseg.web.source import Message

from .serving import HOUR, T0, Shop, event, serving

# 500 is none of the statuses that are described; 503 is, as there is no Kafka here
CHECKS = (
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
# What programs of their own would tell, which need Kafka.
TOLD: dict[str, Any] = {
    "streamseg.kpis.answering": KpisFound(
        KpisAnswer("keen", None, 1, [], {}, {}, [], {"rate": None, "revenue": None})
    ),
    "streamseg.dlq.answering": Resent(ResentAnswer(0, 0, [])),
    "streamseg.privacy.answering": DossierFound(
        msgspec.Raw(
            msgspec.json.encode(
                Dossier("0", "", [], None, None, [], None, [], None, [], [], [], {}, [])
            )
        )
    ),
}


class Told:
    """Stands for the programs."""

    async def run(self, module: str, *_: Any) -> Any:
        return TOLD[module]

    ask = run


async def follow(*_: Any) -> AsyncIterator[Message]:
    """Stands for a stream that ends."""
    yield Message("triggers", b'{"place":"triggers-0@0","value":{}}', "triggers-0:1")


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
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamseg.stream.answering.Programs", Told)
        patch.setattr("streamseg.stream.answering.Following.follow", follow)
        yield from serve_shop()


def serve_shop() -> Iterator[str]:
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
@pytest.mark.parametrize("path", list(described()["paths"]))
def test_the_server_does_what_the_description_says(url: str, path: str) -> None:
    schema = schemathesis.openapi.from_dict(described())
    schema.config.update(base_url=f"{url}/api/v1")
    # Of a stream the description tells that it is text, and schemathesis takes each event alone.
    checks = [one for one in CHECKS if path != "/stream" or one is not response_schema_conformance]
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
            case.call_and_validate(checks=checks)

        ask()
