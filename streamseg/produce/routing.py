"""Where a line goes: its topic by its type, its key by its contact or product.

Only what decides that is read here. A line that has an owner but is bad in another way (its time,
a field) goes to its topic like the others, and the worker puts it among the dead letters; a line
without an owner has no partition to go to and is refused here, for the same reasons and with the
same codes as the worker would.
"""

from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple, NoReturn, Self

import msgspec

from streamseg.core.errors import Refused
from streamseg.core.vocabulary import PRODUCT_TYPES
from streamseg.formats.canonical import decode
from streamseg.formats.fast_decoding import MAX_BYTES

Stream = Literal["events", "products"]


class Route(NamedTuple):
    """The input topic's short name and the record's key."""

    stream: Stream
    key: bytes


class InputTopics(NamedTuple):
    """The full names of the topics that lines go to."""

    events: str
    products: str
    dlq: str

    @classmethod
    def named(cls, full_name: Callable[[str], str]) -> Self:
        """The topics, where `full_name` makes a short name full."""
        return cls(*map(full_name, cls._fields))

    def of(self, stream: Stream) -> str:
        """The topic of this short name."""
        return self.events if stream == "events" else self.products


class _Owner(msgspec.Struct):
    type: Any = None
    contact: Any = None
    product: Any = None


_decode_owner: Final = msgspec.json.Decoder(_Owner).decode


def route(line: bytes) -> Route:
    """The route of one event in the canonical format.

    Raises Refused where the line is no event, or names nobody that it is of.
    """
    if len(line) > MAX_BYTES:
        # Not told how many: a reader need not keep what is larger.
        raise Refused("too_large", f"more than {MAX_BYTES} bytes")
    try:
        owner = _decode_owner(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        _refuse(line)
    if type(owner.type) is not str or not owner.type:
        _refuse(line)
    of_product = owner.type in PRODUCT_TYPES
    name = owner.product if of_product else owner.contact
    if type(name) is int:
        name = str(name)
    elif type(name) is not str or not name:
        _refuse(line)
    return Route("products" if of_product else "events", name.encode())


def _refuse(line: bytes) -> NoReturn:
    """Says why in the words of the format itself."""
    decode(line)
    raise Refused("not_json", "no owner can be read from the line")
