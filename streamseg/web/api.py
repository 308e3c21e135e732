"""The HTTP API under /api/v1: it lets requests in, checks them, and passes them on or answers."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote, unquote

import msgspec
from aiohttp import web

from streamseg.core.identity.graves import pseudonym
from streamseg.explain.why import of_keeper
from streamseg.formats.naming import IN_CLEAR, Naming
from streamseg.web.answers import ProblemAnswer
from streamseg.web.handlers import Handlers, routes_of
from streamseg.web.openapi import document
from streamseg.web.peers import HOP, MERGED, Peers
from streamseg.web.problems import CONTENT_TYPE, MergedInto, Problem
from streamseg.web.routes import BASE, PATH, Asked, Route

if TYPE_CHECKING:
    from streamseg.web.access import Access
    from streamseg.web.source import Source

log = logging.getLogger(__name__)

MOST_MERGES: Final = 8  # that are followed from one contact to the next
HEADERS: Final = {"Cache-Control": "no-store", "Server": "streamseg"}
_encode: Final = msgspec.json.Encoder(decimal_format="number").encode


class Api:
    """Serves the routes of a worker; ``access`` says who may ask, ``naming`` what contacts are
    called in the log.
    """

    def __init__(self, source: Source, access: Access, naming: Naming = IN_CLEAR) -> None:
        self.access = access
        self._naming = naming
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
            who = pseudonym(params["contact"], self._naming.key)  # the id itself is not for logs
            log.info("%s reads %s of the contact %s", name, route.path, who)
        if route.of_contact:
            return await self._answer_of_contact(route, request, params)
        body = await _body_of(route, request)
        answer = await route.handler(Asked(request, params, body, HOP in request.headers))
        return answer if isinstance(answer, web.StreamResponse) else _json(answer)

    async def _answer_of_contact(
        self, route: Route, request: web.Request, params: dict[str, Any]
    ) -> web.StreamResponse:
        """The answer of the worker that has the contact, or the one that it was merged into."""
        asked: str = params["contact"]
        path: str | None = None
        for _ in range(MOST_MERGES):
            passed_on = await self.peers.owner(params["contact"], request, path)
            if passed_on is None:
                try:
                    answer = await route.handler(Asked(request, params, None, is_passed_on=False))
                except MergedInto as merged:
                    into = merged.into
                except Problem as problem:
                    raise _of_keeper(problem, asked, params["contact"]) from None
                else:
                    return _json(_following(answer, params["contact"], path))
            elif MERGED in passed_on.headers:
                into = unquote(passed_on.headers[MERGED])
            else:
                return _passed_on(route, passed_on, asked, params["contact"], path)
            if HOP in request.headers and not await self.peers.is_here(into):
                raise _merged(into)  # the worker that passed the request on follows the merge
            params = {**params, "contact": into}
            path = _path_of(route, params, request)
        raise Problem(404, "no_state", "the contact was merged too often to be followed")


def _passed_on(
    route: Route, response: web.Response, asked: str, contact: str, path: str | None
) -> web.Response:
    """Another worker's answer, with the contact that it is about, if that is another one than was
    asked for.
    """
    if path is not None and response.status == 404 and response.content_type == CONTENT_TYPE:
        told = msgspec.json.decode(cast("bytes", response.body), type=ProblemAnswer)
        raise _of_keeper(Problem(404, told.code, told.detail), asked, contact)
    if path is not None and response.status == 200 and route.answer is not None:
        answer = msgspec.json.decode(cast("bytes", response.body), type=route.answer)
        return _json(_following(answer, contact, path))
    response.headers.update(HEADERS)
    return response


def _of_keeper(problem: Problem, asked: str, keeper: str) -> Problem:
    """A problem of the contact that a merge led to, for who asked for another one."""
    if problem.code != "no_state":
        return problem
    detail = of_keeper(problem.detail, asked, keeper)
    return Problem(problem.status, problem.code, detail, problem.headers)


def _following(answer: Any, contact: str, path: str | None) -> Any:
    """An answer, with the contact that it is about, if a merge led to another one."""
    if path is not None:
        answer.merged_into = contact
    return answer


def _merged(into: str) -> Problem:
    detail = "the contact was merged into one that another worker has"
    return Problem(404, "merged", detail, {MERGED: quote(into, safe="")})


def _path_of(route: Route, params: dict[str, Any], request: web.Request) -> str:
    names = {name: quote(str(value), safe="") for name, value in params.items() if name in PATH}
    query = f"?{request.rel_url.raw_query_string}" if request.rel_url.raw_query_string else ""
    return f"{BASE}{route.path.format(**names)}{query}"


def _json(answer: msgspec.Struct | msgspec.Raw) -> web.Response:
    return web.Response(body=_encode(answer), content_type="application/json", headers=HEADERS)


async def _body_of(route: Route, request: web.Request) -> Any:
    """The body of a request as its type has it. Raises Problem."""
    if route.body is None:
        return None
    if request.content_type != "application/json":
        raise Problem(415, "not_json", "send the body as application/json")
    try:
        return msgspec.json.decode(await _read(request, route.most_body), type=route.body)
    except msgspec.MsgspecError as error:
        raise Problem(422, "bad_body", str(error)) from None


async def _read(request: web.Request, most: int) -> bytes:
    """The bytes of a body. Raises Problem where there are more than ``most``."""
    raw = bytearray()
    is_larger = (request.content_length or 0) > most
    if not is_larger:
        async for some in request.content.iter_any():
            raw += some
            if is_larger := len(raw) > most:
                break
    if is_larger:
        raise Problem(413, "too_large", f"a body has at most {most:,} bytes")
    return bytes(raw)


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
