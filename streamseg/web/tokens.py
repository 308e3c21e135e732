"""Tokens of the HTTP API: a file names who may ask what, and holds only hashes.

    # name     scopes          hash of the token, 64 hexadecimal digits
    dashboard  stats           sha256:9f86d081884c7d65…
    support    contacts,stats  sha256:60303ae22b998861…

A token is 32 random bytes, so one round of SHA-256 is enough: there is nothing to guess.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from streamseg.core.errors import StreamsegError

log = logging.getLogger(__name__)

SCOPES: Final = ("contacts", "stats", "rules", "dlq")
PREFIX: Final = "sseg_"
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HASH: Final = re.compile(r"sha256:([0-9a-f]{64})")
_BYTES: Final = 32


class TokenFileError(StreamsegError):
    """The file of tokens is at fault; the message names the line and what would be right."""


@dataclass(frozen=True)
class Token:
    """Who may ask, and what: a name and its scopes."""

    name: str
    scopes: frozenset[str]
    digest: bytes


def new_token(name: str, scopes: list[str]) -> tuple[str, str]:
    """A new token, and the line of the file that lets it in. Raises TokenFileError."""
    if not _NAME.fullmatch(name) or not scopes or not all(scopes):
        raise TokenFileError(
            "a name has 1 to 64 of the characters A-Z a-z 0-9 . _ -, and there is one scope or "
            f"more of {', '.join(SCOPES)}"
        )
    token = PREFIX + secrets.token_urlsafe(_BYTES)
    line = f"{name} {','.join(scopes)} sha256:{_digest(token).hex()}"
    parse_line(line, "the token")
    return token, line


def parse_line(line: str, place: str) -> Token:
    """The token of a line. Raises TokenFileError, which begins with ``place``."""
    fields = line.split()
    if len(fields) != 3:
        raise TokenFileError(f"{place}: a line is `name scopes sha256:HEX`")
    name, given, hashed = fields
    scopes = given.split(",")
    unknown = [scope for scope in scopes if scope not in SCOPES]
    found = _HASH.fullmatch(hashed)
    if not _NAME.fullmatch(name):
        raise TokenFileError(f"{place}: a name has 1 to 64 of the characters A-Z a-z 0-9 . _ -")
    if unknown:
        raise TokenFileError(f"{place}: no scope {unknown[0]!r}; scopes are {', '.join(SCOPES)}")
    if found is None:
        raise TokenFileError(
            f"{place}: a hash is sha256: and 64 hexadecimal digits, as `streamseg token new` "
            "prints it"
        )
    return Token(name, frozenset(scopes), bytes.fromhex(found[1]))


class Tokens:
    """The tokens of a file, read again when it changes.

    A file that cannot be used is an error at the start. Later the tokens of before stay good, and
    `is_stale` tells so.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._tokens: tuple[Token, ...] = ()
        self.is_stale = False
        self._read()

    def find(self, token: str) -> Token | None:
        """Whose token it is; all are compared, each in constant time."""
        self._refresh()
        digest = _digest(token)
        found = None
        for one in self._tokens:
            if hmac.compare_digest(one.digest, digest):
                found = one
        return found

    def check(self) -> bool:
        """Look at the file; whether it cannot be used and the tokens of before stay good."""
        self._refresh()
        return self.is_stale

    def _refresh(self) -> None:
        try:
            self._read()
        except TokenFileError as error:
            if not self.is_stale:
                log.error("%s; the tokens read before stay good", error)  # noqa: TRY400
            self.is_stale = True
        else:
            self.is_stale = False

    def _read(self) -> None:
        try:
            state = self._path.stat()
            seen = state.st_ino, state.st_mtime_ns, state.st_size
            if seen == self._seen:
                return
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            self._seen = None
            raise TokenFileError(f"{self._path} cannot be read: {error}") from error
        self._seen = None
        tokens = [
            parse_line(line, f"{self._path}:{number}")
            for number, line in enumerate(lines, start=1)
            if line.strip() and not line.lstrip().startswith("#")
        ]
        self._tokens, self._seen = tuple(tokens), seen


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogateescape")).digest()
