"""The HTTP server, asked over a real socket on the loopback."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import ClientResponse, ClientSession
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from streamseg.observe.stats import WorkerStats
from streamseg.web.server import WebError, WebServer

Get = Callable[..., Awaitable[ClientResponse]]


def with_server(
    stats: WorkerStats, asking: Callable[[Get], Awaitable[None]], **options: str | int
) -> None:
    """Starts a server on a free port, lets `asking` ask it, and stops it."""

    async def run() -> None:
        server = WebServer(stats, **options)  # type: ignore[arg-type]
        await server.start()
        try:
            assert server.url is not None
            async with ClientSession(server.url) as session:

                async def get(path: str, method: str = "GET", **headers: str) -> ClientResponse:
                    response = await session.request(method, path, headers=headers)
                    await response.read()
                    return response

                await asking(get)
        finally:
            await server.stop()
        assert server.url is None

    asyncio.run(run())


def test_metrics_are_text_unless_openmetrics_are_asked_for() -> None:
    stats = WorkerStats()
    stats.consumed["events"] += 3

    async def asking(get: Get) -> None:
        plain = await get("/metrics")
        assert plain.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        text = await plain.text()
        assert 'streamseg_events_consumed_total{topic="shop.events"} 3.0' in text
        assert {family.name for family in parse_text(text)} > {"streamseg_lag_records"}
        stats.consumed["events"] += 1
        # the header that a Prometheus of version 2 sends
        accept = (
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
            "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
        )
        openmetrics = await get("/metrics", Accept=accept)
        assert openmetrics.headers["Content-Type"].startswith(
            "application/openmetrics-text; version=1.0.0; charset=utf-8"
        )
        text = await openmetrics.text()
        assert text.endswith("# EOF\n")
        parsed = parse_openmetrics(text)  # type: ignore[no-untyped-call]
        families = {family.name: family for family in parsed}
        assert families["streamseg_events_consumed"].samples[0].value == 4

    with_server(stats, asking, topic_prefix="shop.")


def test_metrics_are_compressed_for_who_takes_it() -> None:
    async def asking(get: Get) -> None:
        packed = await get("/metrics", **{"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        plain = await get("/metrics", **{"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain.headers
        assert "streamseg_kafka_up 0.0" in await packed.text()

    with_server(WorkerStats(), asking)


def test_health_follows_the_worker() -> None:
    stats = WorkerStats()

    async def asking(get: Get) -> None:
        for path, status, state in (
            ("/healthz", 200, "ok"),  # Kafka is away; a restart would mend nothing
            ("/readyz", 503, "unavailable"),
        ):
            response = await get(path)
            assert (response.status, response.content_type) == (status, "application/json")
            assert (await response.json())["status"] == state
        stats.connected, stats.assigned = True, 0
        assert (await get("/readyz")).status == 200
        stats.turned_at -= 60
        response = await get("/healthz")
        assert response.status == 503
        assert "not gone round" in (await response.json())["reasons"][0]

    with_server(stats, asking)


def test_answers_are_not_cached_and_name_no_library() -> None:
    async def asking(get: Get) -> None:
        for path in ("/", "/metrics", "/healthz", "/readyz", "/nowhere"):
            headers = (await get(path)).headers
            assert (headers["Cache-Control"], headers["Server"]) == ("no-store", "streamseg")

    with_server(WorkerStats(), asking)


def test_the_index_names_the_paths_that_there_are() -> None:
    async def asking(get: Get) -> None:
        paths = (await (await get("/")).json())["paths"]
        assert "/metrics" in paths
        for path in paths:
            assert (await get(path)).status in (200, 503)
            assert (await get(path, method="HEAD")).status in (200, 503)

    with_server(WorkerStats(), asking)


def test_what_is_not_there_and_what_is_not_allowed_is_told_in_json() -> None:
    async def asking(get: Get) -> None:
        missing = await get("/nowhere")
        assert missing.status == 404
        assert await missing.json() == {"status": "error", "reasons": ["Not Found"]}
        refused = await get("/metrics", method="POST")
        assert refused.status == 405
        assert "GET" in refused.headers["Allow"]

    with_server(WorkerStats(), asking)


def test_an_error_of_ours_is_logged_and_does_not_end_the_server(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stats = WorkerStats(connected=True, assigned=0)

    async def asking(get: Get) -> None:
        stats.assigned = "many"  # type: ignore[assignment]
        assert (await get("/readyz")).status == 500
        stats.assigned = 0
        assert (await get("/readyz")).status == 200

    with caplog.at_level(logging.ERROR):
        with_server(stats, asking)
    assert "Answering GET /readyz failed" in caplog.text


def test_it_listens_on_the_loopback_by_default_and_tells_where(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def run() -> str:
        server = WebServer(WorkerStats())
        await server.start()
        url = server.url
        await server.stop()
        assert url is not None
        return url

    with caplog.at_level(logging.INFO, logger="streamseg.web"):
        url = asyncio.run(run())
    host, port = url.removeprefix("http://").split(":")
    assert host == "127.0.0.1"
    assert int(port) > 0
    assert f"Metrics at {url}/metrics" in caplog.text


def test_a_port_that_is_taken_is_an_error_that_says_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        async def run() -> None:
            server = WebServer(WorkerStats(), port=port)
            try:
                await server.start()
            finally:
                await server.stop()

        with pytest.raises(
            WebError,
            match=rf"cannot listen on 127\.0\.0\.1:{port}: Address already in use; .*_WEB_PORT",
        ):
            asyncio.run(run())


def test_a_host_that_is_none_is_an_error() -> None:
    with pytest.raises(WebError, match=r"cannot listen on no\.such\.host\.invalid:0: \w"):
        asyncio.run(WebServer(WorkerStats(), host="no.such.host.invalid").start())


def test_a_stopped_server_gives_its_port_back() -> None:
    async def run() -> None:
        first = WebServer(WorkerStats())
        await first.start()
        assert first.url is not None
        port = int(first.url.rpartition(":")[2])
        await first.stop()
        second = WebServer(WorkerStats(), port=port)
        await second.start()
        await second.stop()

    asyncio.run(run())
