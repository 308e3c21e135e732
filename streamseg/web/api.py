"""The HTTP API under /api/v1: it lets requests in, checks them, and passes them on or answers."""

from __future__ import annotations

import hashlib
import logging
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from aiohttp import web

from streamseg.web.handlers import Handlers, routes_of
from streamseg.web.openapi import document
from streamseg.web.peers import HOP, Peers
from streamseg.web.problems import CONTENT_TYPE, Problem
from streamseg.web.routes import BASE, Asked, Route

if TYPE_CHECKING:
    from typing import Any

    from streamseg.web.access import Access
    from streamseg.web.source import Source

log = logging.getLogger(__name__)

MOST_BODY: Final = 1024 * 1024
HEADERS: Final = {"Cache-Control": "no-store", "Server": "streamseg"}
_encode: Final = msgspec.json.Encoder(decimal_format="number").encode


class Api:
    """Serves the routes of a worker; ``access`` says who may ask."""

    def __init__(self, source: Source, access: Access) -> None:
        self.access = access
        self.peers = Peers(source)
        self.routes = routes_of(Handlers(source, self.peers))
        self._document = _encode(document(self.routes))

    def register(self, application: web.Application) -> None:
        """Add the routes to a server."""
        router = application.router
        for route in self.routes:
            router.add_route(route.method, BASE + route.path, partial(self._answer, route))
        router.add_get(f"{BASE}/openapi.json", self._describe)

    async def close(self) -> None:
        """Close the connections to other workers."""
        await self.peers.close()

    async def _describe(self, _: web.Request) -> web.Response:
        return web.Response(body=self._document, content_type="application/json", headers=HEADERS)

    async def _answer(self, route: Route, request: web.Request) -> web.StreamResponse:
        try:
            return await self._answer_or_raise(route, request)
        except Problem as problem:
            return problem_response(problem)

    async def _answer_or_raise(self, route: Route, request: web.Request) -> web.StreamResponse:
        name = self.access.check(request, route.scope)
        params = route.params(request)
        if "contact" in params and params["contact"] is not None:
            _note_reading(name, route, params["contact"])
        if route.of_contact:
            passed_on = await self.peers.owner(params["contact"], request)
            if passed_on is not None:
                passed_on.headers.update(HEADERS)
                return passed_on
        body = await _body_of(route, request)
        answer = await route.handler(Asked(request, params, body, HOP in request.headers))
        if isinstance(answer, web.StreamResponse):
            return answer
        return web.Response(body=_encode(answer), content_type="application/json", headers=HEADERS)


def _note_reading(name: str, route: Route, contact: str) -> None:
    """Who read what of whom; the id itself is not for logs."""
    digest = hashlib.sha256(contact.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    log.info("%s reads %s of contact sha256:%s", name, route.path, digest)


async def _body_of(route: Route, request: web.Request) -> Any:
    """The body of a request as its type has it. Raises Problem."""
    if route.body is None:
        return None
    if request.content_type != "application/json":
        raise Problem(415, "not_json", "send the body as application/json")
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise Problem(413, "too_large", f"a body has at most {MOST_BODY} bytes") from None
    try:
        return msgspec.json.decode(raw, type=route.body)
    except msgspec.MsgspecError as error:
        raise Problem(422, "bad_body", str(error)) from None


def problem_response(problem: Problem) -> web.Response:
    """The answer that tells a problem."""
    return web.Response(
        status=problem.status,
        body=problem.body(),
        content_type=CONTENT_TYPE,
        headers={**HEADERS, **problem.headers},
    )


def http_problem(error: web.HTTPException) -> web.Response:
    """What aiohttp itself refuses, in the same form: a path or a method that there is not."""
    allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    code = {404: "no_path", 405: "no_method"}.get(error.status, "refused")
    detail = f"{error.reason}; {BASE}/openapi.json has all paths"
    return problem_response(Problem(error.status, code, detail, allow))
