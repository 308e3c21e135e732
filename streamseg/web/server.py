"""The HTTP server of a worker: /metrics, /healthz, /readyz, the API under /api/v1, the console.

It runs in the worker's own event loop: a loop that is blocked does not answer, which is what a
liveness check is to find out. And what looks at state needs no lock: it does so between two cycles.
"""

from __future__ import annotations

import asyncio
import logging
import os
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import orjson
from aiohttp import web
from mode import Service

import streamseg
from streamseg.core.errors import StreamsegError
from streamseg.observe import exposition
from streamseg.observe.collector import new_registry
from streamseg.web.api import http_problem
from streamseg.web.health import Verdict, live, ready
from streamseg.web.pages import Pages, wants_page
from streamseg.web.routes import BASE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from streamseg.observe.stats import WorkerStats
    from streamseg.web.api import Api

log = logging.getLogger(__name__)

STOP_SECONDS: Final = 1.0  # for answers that are under way when the worker stops
SLOW_BYTES: Final = 65_536  # a body from this size on is compressed in a thread
_HEADERS: Final = {"Cache-Control": "no-store", "Server": "streamseg"}


class WebError(StreamsegError):
    """The configuration is at fault: the address cannot be listened on."""


class WebServer(Service):
    """Serves the worker's numbers on `host`:`port`; port 0 takes any free one, see `url`.

    `stats` are read at each request. `topic_prefix` completes the topics' names in the metrics.
    Without an `api` there are only metrics and health; with it, a browser gets the console at `/`.
    """

    def __init__(
        self,
        stats: WorkerStats,
        host: str = "127.0.0.1",
        port: int = 0,
        topic_prefix: str = "streamseg.",
        api: Api | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.url: str | None = None  # `http://host:port` while it listens
        self._stats = stats
        self._host = host
        self._port = port
        self.api = api
        self._pages = None if api is None else Pages()
        self._registry = new_registry(stats, topic_prefix)
        self._runner: web.AppRunner | None = None

    async def on_start(self) -> None:
        """Listens. Raises WebError when the address is taken or not of this machine."""
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=STOP_SECONDS)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError as error:
            await runner.cleanup()
            raise WebError(
                f"cannot listen on {_join(self._host, self._port)}: {_why(error)}; "
                "STREAMSEG_WEB_HOST and STREAMSEG_WEB_PORT name another address, port 0 takes any "
                "free one"
            ) from error
        self._runner = runner
        self.url = f"http://{_join(*runner.addresses[0][:2])}"
        log.info("Metrics at %s/metrics, health at %s/healthz and /readyz", self.url, self.url)
        if self._pages is not None:
            log.info("Console at %s/", self.url)

    async def on_stop(self) -> None:
        """Stops listening."""
        runner, self._runner, self.url = self._runner, None, None
        if self.api is not None:
            await self.api.close()
        if runner is not None:
            await runner.cleanup()

    def _application(self) -> web.Application:
        application = web.Application(middlewares=[_errors_as_json])
        application.router.add_get("/", self._index)
        application.router.add_get("/metrics", self._metrics)
        application.router.add_get("/healthz", self._healthz)
        application.router.add_get("/readyz", self._readyz)
        if self.api is not None:
            self.api.register(application)
        if self._pages is not None:
            self._pages.register(application)
        return application

    async def _index(self, request: web.Request) -> web.Response:
        if self._pages is not None and wants_page(request):
            return self._pages.page(request)
        paths = ["/metrics", "/healthz", "/readyz"]
        if self.api is not None:
            paths.append(f"{BASE}/openapi.json")
        body = {"name": "streamseg", "version": streamseg.__version__, "paths": paths}
        return _json(200, body, {"Vary": "Accept"})

    async def _metrics(self, request: web.Request) -> web.Response:
        form = exposition.choose(",".join(request.headers.getall("Accept", [])))
        parts = []
        for family in self._registry.collect():
            parts.append(exposition.render(family, form))
            await asyncio.sleep(0)  # the worker's loop goes before the scrape
        parts.append(exposition.END[form])
        response = web.Response(
            body="".join(parts).encode(),
            headers={"Content-Type": exposition.CONTENT_TYPES[form], **_HEADERS},
            zlib_executor_size=SLOW_BYTES,
        )
        response.enable_compression()  # where the scraper accepts it
        return response

    async def _healthz(self, _: web.Request) -> web.Response:
        return _answer(live(self._stats, monotonic()))

    async def _readyz(self, _: web.Request) -> web.Response:
        return _answer(ready(self._stats))


def _why(error: OSError) -> str:
    """The system's own words; asyncio puts the address into them once more."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or str(error)


def _join(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _answer(verdict: Verdict) -> web.Response:
    return _json(verdict.status, verdict.body())


def _json(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status,
        body=orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE),
        content_type="application/json",
        headers=_HEADERS | (headers or {}),
    )


@web.middleware
async def _errors_as_json(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer unknown paths in JSON, too, and log errors of our own."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if request.path.startswith(f"{BASE}/"):
            return http_problem(error)
        allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return _json(error.status, {"status": "error", "reasons": [error.reason]}, allow)
    except Exception:
        log.exception("Answering %s %s failed", request.method, request.path)
        return _json(500, {"status": "error", "reasons": ["an internal error; see the log"]})
