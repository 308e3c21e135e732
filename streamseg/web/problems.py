"""Errors of requests, as problem details in JSON (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec

from streamseg.web.answers import ProblemAnswer

CONTENT_TYPE: Final = "application/problem+json"
RETRY: Final = {"Retry-After": "1"}


class Problem(Exception):
    """An answer that is no success. `code` is for programs, `detail` for people.

    It names no contact but the one of the request and those that it was merged into, and reveals
    nothing to a request without a token.
    """

    def __init__(
        self, status: int, code: str, detail: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers or {}

    def body(self) -> bytes:
        """The JSON body."""
        title = HTTPStatus(self.status).phrase
        answer = ProblemAnswer("about:blank", title, self.status, self.code, self.detail)
        return msgspec.json.encode(answer)


class MergedInto(Exception):
    """The contact was merged into another one, which has to be asked instead."""

    def __init__(self, into: str) -> None:
        super().__init__(into)
        self.into = into


def moving(detail: str = "the partition moves to another worker; ask again") -> Problem:
    """The problem that no worker has the contact's partition just now."""
    return Problem(503, "partition_moving", detail, RETRY)
