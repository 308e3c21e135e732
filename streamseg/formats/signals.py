"""Changes of products as records of ``streamseg.signals``, the mail between partitions."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import msgspec

from streamseg.core.errors import Refused
from streamseg.core.outcomes import ProductChange

TYPE: Final = "product_changed"
REMEMBERED: Final = 8_192
_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_FIELDS: Final = ProductChange.__struct_fields__
_NEWER: Final = ("currency", "currency_before")  # a signal of before they came has none


def encode_change(change: ProductChange) -> bytes:
    """The value of a record: JSON with the type and the facts; null where never told."""
    fields = {name: getattr(change, name) for name in _FIELDS}
    return _encode({"type": TYPE, **fields})


@lru_cache(REMEMBERED)
def decode_change(value: bytes) -> ProductChange:
    """The change that ``encode_change`` wrote.

    Remembered: every partition of a worker gets the same. Raises Refused where the value is none.
    """
    try:
        document: dict[str, Any] = _decode(value)
        if document.pop("type") != TYPE:
            raise Refused("no_type", "a signal of an unknown type: written by a newer version?")
        known = {name: document[name] for name in _FIELDS if name not in _NEWER}
        known.update({name: document.get(name) for name in _NEWER})
    except (msgspec.DecodeError, KeyError, AttributeError, TypeError):
        raise Refused("not_json", "not a signal") from None
    return ProductChange(**known)
