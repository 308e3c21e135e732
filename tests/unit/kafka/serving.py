"""A listener that speaks Kafka's protocol and answers what a test tells it to."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.protocol.admin import ApiVersionResponse_v0
from aiokafka.protocol.api import Response, ResponseHeader_v0, ResponseHeader_v1
from aiokafka.protocol.coordination import FindCoordinatorResponse_v1
from aiokafka.protocol.metadata import MetadataResponse_v1

Answer = Callable[[], Response]
MOST_BYTES = 1 << 20
API_VERSIONS, METADATA, FIND_COORDINATOR = 18, 3, 10


class Broker:
    """One broker; `answers` by API key, each called once a request."""

    def __init__(self, answers: dict[int, tuple[int, Answer]]) -> None:
        self.port = 0
        self.asked: list[int] = []
        self._answers = {
            METADATA: (1, lambda: MetadataResponse_v1([(1, "127.0.0.1", self.port, None)], 1, [])),
            FIND_COORDINATOR: (
                1,
                lambda: FindCoordinatorResponse_v1(0, 0, None, 1, "127.0.0.1", self.port),
            ),
            **answers,
        }

    def change(self, api: int, version: int, answer: Answer) -> None:
        """Answer otherwise on connections made from now on."""
        self._answers[api] = (version, answer)

    def _answer(self, api: int) -> Response:
        if api == API_VERSIONS:
            known = [(key, version, version) for key, (version, _) in self._answers.items()]
            return ApiVersionResponse_v0(0, [(API_VERSIONS, 0, 0), *known])
        return self._answers[api][1]()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection until it is closed."""
        try:
            while True:
                (size,) = struct.unpack(">i", await reader.readexactly(4))
                if not 8 <= size < MOST_BYTES:  # as of a TLS client: no request
                    break
                api, _, number = struct.unpack(">hhi", (await reader.readexactly(size))[:8])
                self.asked.append(api)
                response = self._answer(api)
                message = _header(number, response) + response.encode()
                writer.write(struct.pack(">i", len(message)) + message)
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


def _header(number: int, response: Response) -> bytes:
    flexible = "tags" in response.SCHEMA.names
    header = ResponseHeader_v1(number, {}) if flexible else ResponseHeader_v0(number)
    encoded: bytes = header.encode()
    return encoded


@asynccontextmanager
async def served(answers: dict[int, tuple[int, Answer]]) -> AsyncIterator[tuple[str, Broker]]:
    """Gives the address of such a broker."""
    broker = Broker(answers)
    server = await asyncio.start_server(broker.serve, "127.0.0.1", 0)
    broker.port = server.sockets[0].getsockname()[1]
    try:
        yield f"127.0.0.1:{broker.port}", broker
    finally:
        server.close()


def one_after_the_other(*responses: Any) -> Answer:
    """Answers in turn, and the last one again and again."""
    left = list(responses)

    def answer() -> Response:
        return left.pop(0) if len(left) > 1 else left[0]

    return answer
