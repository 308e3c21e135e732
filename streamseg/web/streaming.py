"""Server-sent events: sends triggers and decisions to listeners.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

from contextlib import aclosing
from time import monotonic
from typing import TYPE_CHECKING, Final

from aiohttp import web

from streamseg.web.problems import RETRY, Problem

if TYPE_CHECKING:
    from streamseg.web.routes import Asked
    from streamseg.web.source import Message, Positions, Source

TOPICS: Final = ("triggers", "decisions")
MOST_STREAMS: Final = 50  # of one worker
MOST_DIGITS: Final = 19  # of an offset
PING_SECONDS: Final = 15.0  # without a word
_PING: Final = b": ping\n\n"
_open: set[int] = set()


async def answer_stream(asked: Asked, source: Source) -> web.StreamResponse:
    """Send what is told until the listener leaves. Raises Problem."""
    if len(_open) >= MOST_STREAMS:
        raise Problem(503, "too_many_streams", f"{MOST_STREAMS} streams are open", RETRY)
    given, request = asked.params, asked.request
    seen = positions_of(request.headers.get("Last-Event-ID", ""))
    contact = given["contact"]
    names = None if contact is None else source.names_of(contact)
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        }
    )
    _open.add(id(response))
    try:
        await response.prepare(request)
        await response.write(b"retry: 1000\n\n")
        told = source.follow(given["topics"], seen)
        async with aclosing(told) as messages:
            written_at = monotonic()
            async for message in messages:
                if message is not None and _is_wanted(message, given["segment"], names):
                    await response.write(_encoded(message))
                elif message is None or monotonic() - written_at >= PING_SECONDS:
                    await response.write(_PING)
                else:
                    continue  # others are told of
                written_at = monotonic()
    except ConnectionResetError:
        pass  # the listener has left
    finally:
        _open.discard(id(response))
    return response


def positions_of(last_id: str) -> Positions:
    """The positions of the id of an event, as `triggers-0:12,decisions-3:4`; empty where the id is.

    Raises Problem where it is none that a stream has given.
    """
    found: Positions = {}
    for part in last_id.split(",") if last_id else []:
        name, _, offset = part.rpartition(":")
        topic, _, number = name.rpartition("-")
        if topic not in TOPICS or not (_is_number(number) and _is_number(offset)):
            detail = (
                f"Last-Event-ID: {part[:80]!r} is no place in a stream; without it, from now on"
            )
            raise Problem(400, "bad_parameter", detail)
        found[topic, int(number)] = int(offset)
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < MOST_DIGITS


def _is_wanted(message: Message, segment: str | None, names: frozenset[str] | None) -> bool:
    if message.kind not in TOPICS:
        return True
    return segment in (None, message.segment) and (names is None or message.contact in names)


def _encoded(message: Message) -> bytes:
    """A message in the form of the stream; its JSON has no line feed."""
    place = b"" if message.id is None else b"id: %s\n" % message.id.encode()
    return b"%sevent: %s\ndata: %s\n\n" % (place, message.kind.encode(), message.value)
