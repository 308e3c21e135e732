"""Each connection uses the TLS files as they are when it is made."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import uvloop

from streamseg.kafka.tls import TlsFiles
from tests.certificates import Authority

pytestmark = pytest.mark.skipif(which("openssl") is None, reason="openssl is not here")
LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]


@asynccontextmanager
async def server(authority: Authority, seen: list[str]) -> AsyncIterator[int]:
    """Wants a certificate of the client, and notes whose it was."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        subject = writer.get_extra_info("peercert")["subject"]
        seen.append(dict(pair for (pair,) in subject)["commonName"])
        writer.close()

    own = authority.sign("server")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority.certificate))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(own.certificate, own.key)
    listening = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=context)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


async def connect(port: int, context: ssl.SSLContext) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    await reader.read()
    writer.close()


@pytest.mark.parametrize("new_loop", LOOPS, ids=["asyncio", "uvloop"])
def test_a_renewed_certificate_is_used_by_the_next_connection(
    tmp_path: Path, new_loop: Callable[[], Any]
) -> None:
    authority = Authority(tmp_path)
    mine, renewed = authority.sign("first"), authority.sign("second", password="of-second")  # noqa: S106
    password = ""
    files = TlsFiles(authority.certificate, mine.certificate, mine.key, lambda: password)

    async def main() -> list[str]:
        nonlocal password
        seen: list[str] = []
        async with server(authority, seen) as port:
            context = files.context()
            await connect(port, context)
            mine.replace_by(renewed)
            password = "of-second"  # noqa: S105
            await connect(port, context)
        return seen

    with asyncio.Runner(loop_factory=new_loop) as runner:
        assert runner.run(main()) == ["first", "second"]


def test_an_authority_that_is_no_longer_in_the_file_is_no_longer_trusted(tmp_path: Path) -> None:
    authority, other = Authority(tmp_path), Authority(tmp_path, "other")
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(authority.certificate.read_bytes())
    mine = authority.sign("mine")
    files = TlsFiles(trusted, mine.certificate, mine.key, lambda: None)

    async def main() -> None:
        async with server(authority, []) as port:
            context = files.context()
            await connect(port, context)
            trusted.write_bytes(other.certificate.read_bytes())
            with pytest.raises(ssl.SSLCertVerificationError):
                await connect(port, context)

    asyncio.run(main())


def test_files_that_are_half_written_leave_the_former_certificate(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    authority = Authority(tmp_path)
    mine, renewed = authority.sign("first"), authority.sign("second")
    files = TlsFiles(authority.certificate, mine.certificate, mine.key, lambda: None)

    async def main() -> list[str]:
        seen: list[str] = []
        async with server(authority, seen) as port:
            context = files.context()
            mine.certificate.write_text("-----BEGIN CERT")
            await connect(port, context)
            mine.replace_by(renewed)
            await connect(port, context)
        return seen

    with caplog.at_level(logging.WARNING):
        assert asyncio.run(main()) == ["first", "second"]
    assert "cannot be used yet: STREAMSEG_TLS_CERT_FILE" in caplog.text
