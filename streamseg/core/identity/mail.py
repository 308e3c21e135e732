"""Mail between partitions: about merges and erasures of contacts, and reports of counts.

    contact_merged K<-A ──> K's partition: take(A) ──> A's: A is a stub now, state(A) ──> K's
    later events of A   ──> A's partition: event(A) ──> K's

Mail lists the merges by which it was forwarded (``via``). Mail that comes to the same id again has
found a circle.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from streamseg.core.errors import StateError
from streamseg.core.events import Event
from streamseg.core.identity.graves import Erasure, Grave
from streamseg.core.tables.mail import Census, TableSet


class Merge(msgspec.Struct, frozen=True, array_like=True, order=True):
    """``source`` is merged into ``into`` at ``at``. The order of the fields orders merges."""

    at: int
    into: str
    source: str


class Take(msgspec.Struct, tag_field="kind", tag="take", array_like=True):
    """A request to send the contact's state to ``merge.into``, which can take ``room`` more ids."""

    merge: Merge
    room: int


class State(msgspec.Struct, tag_field="kind", tag="state", array_like=True):
    """The state of the source of a merge: a contact at rest, written under ``layout``.

    None if there was none, or it was sent elsewhere before. ``ids`` are the ids that led to the
    source.
    """

    merge: Merge
    value: bytes | None = None
    layout: bytes = b""
    ids: dict[str, Merge] = {}


class Forwarded(msgspec.Struct, tag_field="kind", tag="event", array_like=True):
    """An event of a stub; ``data`` is JSON, in which numbers are exact."""

    type: str
    time: int
    arrival: int
    id: str | None
    name: str
    data: bytes


class Erase(msgspec.Struct, tag_field="kind", tag="erase", array_like=True):
    """An event asked to erase the keeper as of an instant. The id that gets this is erased, too, as
    a merge had led it to the keeper, or to one of ``ids``.
    """

    keeper: str
    at: int
    name: str
    merge: Merge
    ids: list[str] = []


class Erased(msgspec.Struct, tag_field="kind", tag="erased", array_like=True):
    """The answer to `Erase`: the id has no state from before an instant any more."""

    source: str
    at: int


class Report(msgspec.Struct, tag_field="kind", tag="report", array_like=True):
    """The counts of a partition, which hold for each minute from ``first`` to ``last`` (ms).

    By segment: members; and entries, triggers and activity of all time. It goes to partition 0.
    """

    partition: int
    first: int
    last: int
    counts: dict[str, list[int]]


Body = Take | State | Forwarded | Erase | Erased | Report | Census | TableSet


class Mail(msgspec.Struct, array_like=True):
    """Mail for the contact ``to``; it may be applied once ``now`` is at ``reaches``.

    ``about``: the id that it is about; mail about one id keeps its order. ``undo``: the stub that
    closes a circle, and has to be undone. ``is_back``: it was sent back once, and is not again.
    Mail about tables is for no contact, and applied at once.
    """

    to: str
    about: str
    reaches: int
    body: Body
    via: list[Merge] = []
    undo: Merge | None = None
    is_back: bool = False

    stream = "mail"


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Mail).decode
_encode_data: Final = msgspec.json.Encoder(decimal_format="number").encode
_decode_data: Final = msgspec.json.Decoder(dict, float_hook=Decimal).decode


def encode_mail(mail: Mail) -> bytes:
    """A record's value."""
    return _encode(mail)


def about_tables(body: Census | TableSet) -> Mail:
    """Mail for a partition, not for a contact."""
    return Mail("", "", 0, body)


def decode_mail(value: bytes) -> Mail:
    """The mail that ``encode_mail`` wrote.

    Raises StateError where this version does not know it: mail is state, none may be left out.
    """
    try:
        return _decode(value)
    except (msgspec.DecodeError, ValueError) as error:
        raise StateError(
            f"mail between partitions that this version does not know ({error}): a newer version "
            "wrote it; go on with that one"
        ) from error


def erasure_of(mail: Mail, grave: Grave) -> Erasure:
    """The erasure that decides what becomes of mail: the contact's first erasure after the merge
    that the mail came by. By that erasure the id that the mail is from became a contact of its own
    again, so later erasures do not concern it.
    """
    return grave.first_from(mail.via[-1].at if mail.via else grave.at)


def is_covered(mail: Mail, erased_at: int) -> bool:
    """Whether an erasure of its contact at an instant also covers what the mail brings.

    State counts as of the latest merge by which it came. No erasure covers requests and answers
    about other erasures.
    """
    body = mail.body
    if isinstance(body, State):
        return max(body.merge, *mail.via).at <= erased_at
    if isinstance(body, Take):
        return body.merge.at <= erased_at
    return isinstance(body, Forwarded) and body.time <= erased_at


def forwarded(event: Event) -> Forwarded:
    """The body of mail that forwards an event."""
    data = _encode_data(event.data)
    return Forwarded(event.type, event.time, event.arrival, event.id, event.name, data)


def event_of(body: Forwarded, contact: str) -> Event:
    """The forwarded event, as an event of another contact."""
    data = _decode_data(body.data)
    return Event(body.type, contact, body.time, data, body.id, body.name, body.arrival)
