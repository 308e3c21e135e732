"""Records of ``streamseg.signals``: changes of products as JSON, and mail between partitions.

Mail is state on its way, so none may be left out: what an older version does not know stops it.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import msgspec

from streamseg.core.errors import Refused, StateError
from streamseg.core.identity.mail import Mail, about_tables, decode_mail, encode_mail
from streamseg.core.messages.outcomes import ProductChange
from streamseg.core.tables.mail import TableMail
from streamseg.core.values.predicates import is_number
from streamseg.core.values.timestamps import EARLIEST_MS, LATEST_MS
from streamseg.core.vocabulary import MAX_ID_BYTES

TYPE: Final = "product_changed"
BINARY: Final = b"\0"  # what no JSON begins with
MAIL: Final = b"\0mail"  # what the value of mail begins with; no JSON does
ROLL: Final = b"\0roll"  # a record without a meaning, so that Kafka closes a segment of the log
TABLES: Final = b"\0tables"  # the key of mail about them; no contact's id has control characters
REMEMBERED: Final = 8_192
_LARGEST: Final = Decimal("1e320")  # more than the sum over any locations
_NEWER: Final = (
    "a newer version wrote it, so go on with that one. It may be state on its way, so it is not "
    "left out"
)
_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_FIELDS: Final = ProductChange.__struct_fields__


def encode_change(change: ProductChange) -> bytes:
    """The value of a record: JSON with the type and the facts; null where never told."""
    fields = {name: getattr(change, name) for name in _FIELDS}
    return _encode({"type": TYPE, **fields})


def encode_mail_record(mail: Mail) -> tuple[bytes, bytes]:
    """Key and value of mail: the contact that it is for, and the mail."""
    return mail.to.encode(), MAIL + encode_mail(mail)


def encode_table_mail(news: TableMail) -> tuple[bytes, bytes]:
    """Key and value of mail about tables: it is for a partition, and for no contact."""
    return TABLES, MAIL + encode_mail(about_tables(news.body))


def decode_signal(value: bytes | None) -> ProductChange | Mail | None:
    """The signal in a record; None where it has no meaning.

    Raises Refused where the value is no signal, StateError where it is one of a newer version.
    """
    if value is not None and value.startswith(MAIL):
        return decode_mail(value[len(MAIL) :])
    if value == ROLL:
        return None
    if value is not None and value.startswith(BINARY):
        raise StateError(
            f"a signal that begins with {value[:12]!r}, which this version does not know: {_NEWER}"
        )
    return decode_change(value)


@lru_cache(REMEMBERED)
def decode_change(value: bytes | None) -> ProductChange:
    """The change that ``encode_change`` wrote.

    Remembered: every partition of a worker gets the same. Raises Refused where the value is none,
    StateError where it is a signal of another type.
    """
    if value is None:
        raise Refused("null_value", "the record has no value")
    try:
        document = _decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, ArithmeticError):
        raise Refused("not_json", "not a signal") from None
    if type(document) is not dict:
        raise Refused("not_object", "not a signal")
    kind = document.get("type")
    if type(kind) is str and kind != TYPE:
        raise StateError(
            f"a signal of the type {kind!r}, which this version does not know: {_NEWER}"
        )
    if kind != TYPE:
        raise Refused("no_type", "not a signal")
    known: dict[str, Any] = {name: document.get(name) for name in _FIELDS}
    for name, value in known.items():
        if not _RIGHT.get(name, _is_text_or_none)(value):
            raise Refused("bad_field", f"{name} of a signal is missing or of a wrong type")
    return ProductChange(**known)


def _is_text_or_none(value: Any) -> bool:
    return value is None or type(value) is str


def _is_id(value: Any) -> bool:
    return type(value) is str and 0 < len(value.encode()) <= MAX_ID_BYTES


def _is_version(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _is_instant(value: Any) -> bool:
    return type(value) is int and EARLIEST_MS <= value <= LATEST_MS


def _is_instant_or_none(value: Any) -> bool:
    return value is None or _is_instant(value)


def _is_number_or_none(value: Any) -> bool:
    return value is None or (is_number(value) and abs(value) < _LARGEST)


_RIGHT: Final[dict[str, Callable[[Any], bool]]] = {  # all others are texts or missing
    "product": _is_id,
    "time": _is_instant,
    "version": _is_version,
    **dict.fromkeys(("stock_time", "price_time", "arrival"), _is_instant_or_none),
    **dict.fromkeys(("stock", "price", "price_before"), _is_number_or_none),
}
