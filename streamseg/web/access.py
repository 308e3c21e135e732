"""Decides who may ask what: by a token with scopes or, without a file of tokens, only from this
machine.

Without tokens a page in somebody's browser must not become the asker: the peer has to be on the
loopback, `Host` has to name it (a name that was rebound to it is another), and a foreign `Origin`
is refused.
"""

from __future__ import annotations

from ipaddress import ip_address
from time import monotonic
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from streamseg.web.problems import RETRY, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from streamseg.web.tokens import Tokens

PER_SECOND: Final = 50.0  # requests of one token
_MOST_CALLERS: Final = 1_000
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
LOCAL: Final = "loopback"


class Access:
    """Lets requests in. ``tokens`` None: there is no file; ``is_local``: the server listens on the
    loopback only. ``clock`` in seconds.
    """

    def __init__(
        self,
        tokens: Tokens | None,
        *,
        is_local: bool,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._clock = clock
        self.tokens = tokens
        self._is_local = is_local
        self._buckets: dict[str, tuple[float, float]] = {}

    def check(self, request: web.Request, scope: str) -> str:
        """The name of who asks. Raises Problem: 401, 403 or 429."""
        name = self._local(request) if self.tokens is None else self._by_token(request, scope)
        self._count(name)
        return name

    def _by_token(self, request: web.Request, scope: str) -> str:
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        assert self.tokens is not None
        token = self.tokens.find(given.strip()) if kind.lower() == "bearer" else None
        if token is None:
            raise Problem(
                401,
                "no_token",
                "send a token as `Authorization: Bearer TOKEN`; `streamseg token new` makes one",
                {"WWW-Authenticate": 'Bearer realm="streamseg"'},
            )
        if scope not in token.scopes:
            raise Problem(403, "no_scope", f"the token {token.name} lacks the scope {scope}")
        return token.name

    def _local(self, request: web.Request) -> str:
        if not self._is_local:
            raise _no_tokens("the worker listens on other addresses than the loopback")
        host = _host_of(request.headers.get("Host", ""))
        origin = request.headers.get("Origin")
        if not _is_loopback(request.remote) or host not in _LOOPBACK:
            raise _no_tokens("the request is not from this machine to 127.0.0.1 or localhost")
        if origin is not None and origin != f"{request.scheme}://{request.headers['Host']}":
            raise _no_tokens("the request comes from a page of another origin")
        return LOCAL

    def _count(self, name: str) -> None:
        """Take one request out of the asker's bucket. Raises Problem where it is empty."""
        now = self._clock()
        left, seen = self._buckets.get(name, (PER_SECOND, now))
        left = min(PER_SECOND, left + (now - seen) * PER_SECOND)
        if left < 1:
            self._buckets[name] = left, now
            raise Problem(429, "too_many", f"more than {PER_SECOND:.0f} requests a second", RETRY)
        if len(self._buckets) >= _MOST_CALLERS:
            self._buckets.clear()
        self._buckets[name] = left - 1, now


def is_loopback_host(host: str) -> bool:
    """Whether an address that is listened on can be reached from this machine only."""
    return host == "localhost" or _is_loopback(host)


def is_of_one_host(url: str) -> bool:
    """Whether an address means another machine wherever it is used: the loopback, or `0.0.0.0`."""
    host = urlsplit(url).hostname or ""
    try:
        return is_loopback_host(host) or ip_address(host).is_unspecified
    except ValueError:
        return False


def _host_of(header: str) -> str | None:
    """The name in a `Host` header; None where there is none."""
    try:
        return urlsplit(f"//{header}").hostname
    except ValueError:
        return None


def _is_loopback(address: str | None) -> bool:
    try:
        return address is not None and ip_address(address).is_loopback
    except ValueError:
        return False


def _no_tokens(why: str) -> Problem:
    return Problem(
        403, "no_tokens", f"without STREAMSEG_API_TOKENS only this machine is answered: {why}"
    )
