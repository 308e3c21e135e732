"""Conditions that can never hold of any contact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from streamseg.core.features.cart import DEFAULT_MAX_AGE_MS
from streamseg.core.values.timestamps import format_duration, parse_duration
from streamseg.rules.document import Node
from streamseg.rules.lint.uses import Uses, fields_of

_ALL: Final = Decimal(100)
_NO_CART: Final = (
    "nobody has a cart that was left for so long: it is forgotten "
    f"{format_duration(DEFAULT_MAX_AGE_MS)} after its last change; ask for less, or about the "
    "event with `idle:`"
)
_FOR_NOTHING: Final = (
    "no price falls by so much: at 0 it counts for none, so a drop stays below 100%; ask for less"
)


def never_true(uses: Sequence[Uses]) -> Iterator[tuple[Node, str]]:
    """Carts that are older than any, and prices that would have to fall by all they are."""
    for segment in uses:
        template = segment.fields.get("use")
        name = None if template is None else template.value
        for leaf in segment.leaves:
            yield from _in_leaf(leaf, has_own_cart=name == "abandoned_cart")
        if name == "price_drop" and "with" in segment.fields:
            least = fields_of(segment.fields["with"]).get("at_least")
            if least is not None and _share(least) >= _ALL:
                yield least, _FOR_NOTHING


def _in_leaf(leaf: Node, *, has_own_cart: bool) -> Iterator[tuple[Node, str]]:
    fields = fields_of(leaf)
    idle = fields_of(fields["cart"]).get("idle") if "cart" in fields else None
    if idle is not None and not has_own_cart and parse_duration(idle.value) >= DEFAULT_MAX_AGE_MS:
        yield idle, _NO_CART
    drop = fields_of(fields["product"]).get("price_drop") if "product" in fields else None
    for name, share in fields_of(drop).items() if drop is not None else ():
        if name in ("gt", "gte", "eq") and _share(share) >= _ALL:
            yield share, _FOR_NOTHING


def _share(node: Node) -> Decimal:
    return Decimal(str(node.value).removesuffix("%"))
