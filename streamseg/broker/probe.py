"""Asks a broker, without a client library, whether it serves; and finds free ports."""

from __future__ import annotations

import socket
import struct

_METADATA = 3  # the API key; version 1 with an empty list of topics asks for the brokers alone
_REQUEST = struct.pack(">hhih9si", _METADATA, 1, 1, 9, b"streamseg", 0)


def serves(host: str, port: int, timeout_s: float = 1.0) -> bool:
    """True when a broker at `host:port` answers a Metadata request and knows itself as alive."""
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as connection:
            connection.settimeout(timeout_s)
            connection.sendall(struct.pack(">i", len(_REQUEST)) + _REQUEST)
            (size,) = struct.unpack(">i", _read(connection, 4))
            _correlation, brokers = struct.unpack(">ii", _read(connection, size)[:8])
            return bool(brokers)
    except (OSError, struct.error):
        return False


def accepts(bootstrap: str, timeout_s: float = 3.0) -> bool:
    """True when one of the comma-separated `host:port` takes a TCP connection."""
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout=timeout_s):
                return True
        except (OSError, ValueError):
            continue
    return False


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """True when `port` can be bound on `host`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _read(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        chunk = connection.recv(size - len(received))
        if not chunk:
            raise ConnectionError("closed by the broker")
        received += chunk
    return received
