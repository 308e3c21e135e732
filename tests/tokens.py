"""A token endpoint of OAuth for tests: client credentials in, unsigned tokens out."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


class TokenServer:
    """`secrets` by client; `asked` has the form of each request that was granted."""

    def __init__(self, secrets: dict[str, str], seconds: int = 300) -> None:
        self.secrets = secrets
        self.seconds = seconds
        self.asked: list[dict[str, list[str]]] = []
        self.url = ""

    def answer(self, authorization: str, form: str) -> tuple[int, bytes]:
        """Status and body for the headers and the form of a request."""
        client, _, secret = (
            base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        )
        if not secret or self.secrets.get(client) != secret:
            return 401, b'{"error": "invalid_client"}'
        self.asked.append(parse_qs(form))
        token = {"access_token": self._token(client), "expires_in": self.seconds}
        return 200, json.dumps(token).encode()

    def _token(self, client: str) -> str:
        claims = {"sub": client, "iat": time.time(), "exp": time.time() + self.seconds}
        parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
        return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


@contextmanager
def token_server(secrets: dict[str, str], seconds: int = 300) -> Iterator[TokenServer]:
    """Such an endpoint, at its `url`, for the length of a `with` block."""
    tokens = TokenServer(secrets, seconds)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, body = tokens.answer(self.headers["Authorization"], form)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    tokens.url = f"http://127.0.0.1:{server.server_port}/token"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield tokens
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
