"""What a worker tells over HTTP: metrics and health."""

from __future__ import annotations

from streamseg.web.server import WebError, WebServer

__all__ = ["WebError", "WebServer"]
