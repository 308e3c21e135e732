"""Certificates for tests, made by openssl: an authority, and what it signs."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Pair:
    """PEM files of a certificate and its key (PKCS 8)."""

    certificate: Path
    key: Path

    def replace_by(self, other: Pair) -> None:
        """Put the content of `other` into these files, as who renews a certificate does."""
        self.key.write_bytes(other.key.read_bytes())
        self.certificate.write_bytes(other.certificate.read_bytes())


class Authority:
    """Signs certificates for 127.0.0.1, in `folder`."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self.pair = self._make(name, "-addext", "basicConstraints=critical,CA:TRUE")
        self.certificate = self.pair.certificate

    def sign(self, name: str, password: str | None = None) -> Pair:
        """A certificate of `name`; with `password` its key is encrypted."""
        return self._make(
            name,
            "-CA", str(self.pair.certificate), "-CAkey", str(self.pair.key),
            "-addext", "basicConstraints=critical,CA:FALSE",
            "-addext", "subjectAltName=IP:127.0.0.1",
            password=password,
        )  # fmt: skip

    def _make(self, name: str, *options: str, password: str | None = None) -> Pair:
        pair = Pair(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        hidden = ["-nodes"] if password is None else ["-passout", f"pass:{password}"]
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-days", "2", *hidden,
             "-subj", f"/CN={name}", "-keyout", pair.key, "-out", pair.certificate, *options],
            check=True, capture_output=True,
        )  # fmt: skip
        return pair
