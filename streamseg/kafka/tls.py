"""TLS to Kafka from PEM files that may be renewed while a worker runs.

Certificates live for weeks or days, workers for longer. A connection that is made after the files
have changed uses the new ones; no connection that stands is touched.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from streamseg.settings import SettingsError

log = logging.getLogger(__name__)

_Stamp: TypeAlias = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class TlsFiles:
    """PEM files: the authorities that are trusted, and the client's certificate with its key.

    Without `authorities` those of the system are trusted; without `certificate` the client shows
    none. `key_password` is asked whenever the key is read; None is no password.
    """

    authorities: Path | None
    certificate: Path | None
    key: Path | None
    key_password: Callable[[], str | None]

    def context(self) -> ssl.SSLContext:
        """A context that follows the files. Raises SettingsError where one cannot be used."""
        context = _FollowingContext(ssl.PROTOCOL_TLS_CLIENT)
        context.follow(self)
        return context

    def read(self) -> ssl.SSLContext:
        """A context with what the files hold now. Raises SettingsError."""
        for variable, path in self._named():
            if not path.is_file():
                raise SettingsError(f"{variable}: there is no file {path}")
        try:
            context = ssl.create_default_context(cafile=self.authorities)
        except OSError as error:  # ssl.SSLError is one
            raise SettingsError(
                f"STREAMSEG_TLS_CA_FILE: {self.authorities} holds no certificates as PEM: {error}"
            ) from error
        if self.certificate is not None:
            self._load_certificate(context)
        return context

    def _load_certificate(self, context: ssl.SSLContext) -> None:
        assert self.certificate is not None
        # OpenSSL would ask for it on a terminal if it were None.
        password = self.key_password() or ""
        try:
            context.load_cert_chain(self.certificate, self.key, password)
        except OSError as error:
            raise SettingsError(
                f"STREAMSEG_TLS_CERT_FILE={self.certificate} and STREAMSEG_TLS_KEY_FILE="
                f"{self.key or ''} are no certificate with its key as PEM, or "
                f"STREAMSEG_TLS_KEY_PASSWORD is not the key's: {error}"
            ) from error

    def stamp(self) -> _Stamp:
        """Differs when a file was written or replaced. Raises OSError where one is missing."""
        found = [path.stat() for _, path in self._named()]
        return tuple((each.st_ino, each.st_mtime_ns, each.st_size) for each in found)

    def _named(self) -> list[tuple[str, Path]]:
        named = (
            ("STREAMSEG_TLS_CA_FILE", self.authorities),
            ("STREAMSEG_TLS_CERT_FILE", self.certificate),
            ("STREAMSEG_TLS_KEY_FILE", self.key),
        )
        return [(variable, path) for variable, path in named if path is not None]


class _FollowingContext(ssl.SSLContext):
    """Begins each connection in a context of what the files hold then."""

    _files: TlsFiles
    _stamp: _Stamp
    _current: ssl.SSLContext

    def follow(self, files: TlsFiles) -> None:
        """Read `files` now, and again when they have changed. Raises SettingsError."""
        self._files, self._current = files, files.read()
        self._stamp = files.stamp()

    def wrap_bio(self, *arguments: Any, **options: Any) -> ssl.SSLObject:
        """What asyncio and uvloop call for each connection."""
        self._renew()
        return self._current.wrap_bio(*arguments, **options)

    def _renew(self) -> None:
        """Files that cannot be used, as while they are written, leave what was there before."""
        try:
            stamp = self._files.stamp()
            if stamp == self._stamp:
                return
            self._current = self._files.read()
        except (SettingsError, OSError) as error:
            log.warning("The TLS files have changed and cannot be used yet: %s", error)
        else:
            self._stamp = stamp
            log.info("The TLS files have changed; new connections use them")
