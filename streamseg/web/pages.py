"""Serves the console: `GET /` for a browser, and its files under `/console/`.

The files are read once, when the worker starts. They tell nothing of anybody: what the page shows
it asks of the API, with the asker's own token.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from aiohttp import web

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_TYPES: Final = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "mjs": "text/javascript",
    "svg": "image/svg+xml",
}
_INLINE: Final = re.compile(rb"<script[^>]*>([^<]+)</script>")
_PAGE: Final = "index.html"


@dataclass(frozen=True)
class _File:
    content: bytes
    content_type: str
    etag: str


class Pages:
    """The console's files, ready to be sent."""

    def __init__(self) -> None:
        self._files = dict(_read(files("streamseg.web.console"), ""))
        self.policy = _policy(self._files[_PAGE].content)
        self._headers = {
            "Cache-Control": "no-cache",  # ask whether it is another: a worker may be newer
            "Content-Security-Policy": self.policy,
            "Cross-Origin-Opener-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "Server": "streamseg",
            "X-Content-Type-Options": "nosniff",
        }

    def register(self, application: web.Application) -> None:
        """Add the files' route to a server; the page itself is sent by its index."""
        application.router.add_get("/console/{path:.+}", self._file)

    def page(self, request: web.Request) -> web.Response:
        """The page."""
        response = self._send(request, self._files[_PAGE])
        response.headers["Vary"] = "Accept"
        return response

    async def _file(self, request: web.Request) -> web.Response:
        found = self._files.get(request.match_info["path"])
        if found is None:
            raise web.HTTPNotFound
        return self._send(request, found)

    def _send(self, request: web.Request, file: _File) -> web.Response:
        known = {tag.value for tag in request.if_none_match or ()}
        if file.etag in known:
            response = web.Response(status=304, headers=self._headers)
        else:
            response = web.Response(
                body=file.content,
                content_type=file.content_type,
                charset="utf-8",
                headers=self._headers,
            )
            response.enable_compression()  # where the browser accepts it
        response.etag = file.etag
        return response


def wants_page(request: web.Request) -> bool:
    """Whether a browser asks, and not a program."""
    return "text/html" in request.headers.get("Accept", "")


def _read(folder: Traversable, prefix: str) -> list[tuple[str, _File]]:
    found: list[tuple[str, _File]] = []
    for entry in folder.iterdir():
        kind = _TYPES.get(entry.name.rpartition(".")[2])
        if entry.is_dir():
            found += _read(entry, f"{prefix}{entry.name}/")
        elif kind is not None:
            content = entry.read_bytes()
            etag = hashlib.sha256(content).hexdigest()[:32]
            found.append((f"{prefix}{entry.name}", _File(content, kind, etag)))
    return found


def _policy(page: bytes) -> str:
    """What a browser may load and run: the worker's own files, and the page's map of modules."""
    inline = [
        f"'sha256-{b64encode(hashlib.sha256(text).digest()).decode()}'"
        for text in _INLINE.findall(page)
    ]
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {' '.join(inline)}",
            "style-src 'self'",
            "connect-src 'self'",
            "img-src 'self' data:",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
