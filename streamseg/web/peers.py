"""The other workers of the group: passes a request on to the worker that can answer it, or to all
of them.

A request is passed on once at most. `x-streamseg-hop` names the worker that did.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import msgspec
from aiohttp import ClientError, ClientSession, ClientTimeout, web
from yarl import URL

from streamseg.web.problems import Problem, moving
from streamseg.web.routes import BASE
from streamseg.web.source import HERE

if TYPE_CHECKING:
    from streamseg.web.source import Source

T = TypeVar("T", bound=msgspec.Struct)
HOP: Final = "x-streamseg-hop"
PASS_ON_SECONDS: Final = 35.0  # a question about the past takes up to 30
GATHER_SECONDS: Final = 0.5
_WRONG_OWNER: Final = 421
MERGED: Final = "x-streamseg-merged-into"  # percent-encoded
_KEPT: Final = ("Content-Type", "Retry-After", "WWW-Authenticate", MERGED)


@dataclass
class Gathered(Generic[T]):
    """What the others answered, and the addresses of those that did not."""

    answers: list[T] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)


class Peers:
    """Asks the other workers, with the token of the request."""

    def __init__(self, source: Source) -> None:
        self.name = uuid.uuid4().hex
        self._source = source
        self._session: ClientSession | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def is_here(self, contact: str) -> bool:
        """Whether this worker has a contact."""
        return await self._source.owner(contact) == HERE

    async def owner(
        self, contact: str, request: web.Request, path: str | None = None
    ) -> web.Response | None:
        """The answer of the worker that has the contact; None: it is this one. It is asked for
        ``path``, else for what this one is asked for.

        Raises Problem where nobody has it just now, or the request was passed on already.
        """
        url = await self._source.owner(contact)
        if url == HERE:
            return None
        hop = request.headers.get(HOP)
        if hop == self.name:
            raise Problem(508, "loop", "the request came back to the worker that passed it on")
        if hop is not None:
            raise Problem(_WRONG_OWNER, "wrong_owner", "this worker does not have the contact")
        answer = None if url is None else await self._pass_on(url, request, path)
        if answer is None or answer.status == _WRONG_OWNER:
            url = await self._source.owner(contact, anew=True)
            if url == HERE:
                return None
            answer = None if url is None else await self._pass_on(url, request, path)
        if answer is None or answer.status == _WRONG_OWNER:
            raise moving()
        return answer

    async def _pass_on(
        self, url: str, request: web.Request, path: str | None
    ) -> web.Response | None:
        """The other's answer as it is; None where it gives none."""
        target = URL(f"{url}{path or request.raw_path}", encoded=True)
        timeout = ClientTimeout(total=PASS_ON_SECONDS, connect=2.0)
        try:
            async with self._client.get(
                target, headers=self._headers(request), timeout=timeout
            ) as answer:
                body = await answer.read()
                kept = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
                return web.Response(status=answer.status, body=body, headers=kept)
        except (ClientError, TimeoutError, OSError):
            return None

    async def ask_all(self, path: str, answer: type[T], request: web.Request) -> Gathered[T]:
        """What the others answer, in time, to the same request."""
        urls = list(await self._source.members())
        found = await asyncio.gather(*(self._ask(url, path, answer, request) for url in urls))
        gathered = Gathered[T]()
        for url, one in zip(urls, found, strict=True):
            if one is None:
                gathered.silent.append(url)
            elif isinstance(one, answer):
                gathered.answers.append(one)
        return gathered

    async def _ask(
        self, url: str, path: str, answer: type[T], request: web.Request
    ) -> T | Problem | None:
        """One worker's answer, or its problem; None where it does not answer in time."""
        timeout = ClientTimeout(total=GATHER_SECONDS)
        target = URL(f"{url}{BASE}{path}", encoded=True)
        try:
            async with self._client.get(
                target, headers=self._headers(request), timeout=timeout
            ) as told:
                if told.status == 404:
                    return Problem(404, "no_such", "it knows of none")
                if told.status != 200:
                    return None
                return msgspec.json.decode(await told.read(), type=answer)
        except (ClientError, TimeoutError, OSError, msgspec.MsgspecError):
            return None

    def _headers(self, request: web.Request) -> dict[str, str]:
        headers = {HOP: self.name}
        if "Authorization" in request.headers:
            headers["Authorization"] = request.headers["Authorization"]
        return headers

    @property
    def _client(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession()
        return self._session
