"""The fields of a record in the canonical format, as the JSON decoder checks them."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec

from streamseg.core.values.timestamps import LATEST_MS
from streamseg.core.vocabulary import SURELY_SHORT

LEAST_MS: Final = 100_000_000_000  # of a time as an integer: what is below is seconds


class Wire(msgspec.Struct):
    """The known top-level fields, whatever their types; the others are ignored."""

    type: Any = None
    id: Any = None
    contact: Any = None
    product: Any = None
    time: Any = None
    data: Any = None
    received: Any = None


_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=SURELY_SHORT)]


class WellFormed(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Those fields as nearly all events have them, and no others."""

    type: str
    contact: _Id
    time: Annotated[int, msgspec.Meta(ge=LEAST_MS, le=LATEST_MS)] | str
    data: dict[str, Any]
    id: _Id | None = None
    received: Annotated[int, msgspec.Meta(ge=LEAST_MS, le=LATEST_MS)] | str | None = None


# The types of the fields of `WellFormed`, in their order.
Fields = tuple[str, str, int | str, dict[str, Any], str | None, int | str | None]
