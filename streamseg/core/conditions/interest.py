"""``interest``: the contact showed interest in the product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamseg.core.conditions.base import (
    ALWAYS,
    NEVER,
    Answer,
    Condition,
    EvalContext,
    Part,
    Registry,
    Truth,
)
from streamseg.core.features.base import FOREVER
from streamseg.core.features.cart import Cart
from streamseg.core.features.interest import Interest
from streamseg.core.features.last_interest import LastInterest, is_doubtful
from streamseg.core.products.facts import ProductFacts
from streamseg.core.segments.dependencies import ANY, Dependency
from streamseg.core.values.timestamps import format_clock, format_duration


class ShowedInterest(Condition):
    """Interest in the key's product in (t - within, t] (None: up to t); only of times when it was
    out of stock where ``out_of_stock``.
    """

    word = "interest"

    def __init__(self, by: tuple[str, ...], within: int | None, out_of_stock: bool) -> None:
        self._by = by
        self._within = within
        self._out_of_stock = out_of_stock
        self._column = 0

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        assert keyed is not None, "interest needs a segment per product"
        self._column = interest_column(Interest(self._by), contact, keyed)

    def dependencies(self) -> list[Dependency]:
        return [Dependency(self._column, ANY, keyed=True)]

    def _last(self, ctx: EvalContext) -> int | None:
        for shown in reversed(ctx.key_features.get(self._column, ())):
            if not self._out_of_stock or (ctx.facts and ctx.facts.was_out_at(shown)):
                last: int = shown
                return last
        return None

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        last = self._last(ctx)
        if last is None:
            return without_interest(ctx, self._column, instant, self._within)
        if self._within is None:
            return ALWAYS
        due = last + self._within
        if instant < due:
            return True, due
        since = ctx.known_since(self._column, keyed=True)
        if since is None or since <= last:
            return NEVER
        return without_interest(ctx, self._column, instant, self._within)

    def is_changed_by(self, before: ProductFacts, after: ProductFacts) -> bool:
        return self._out_of_stock and before.turns != after.turns

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        last = self._last(ctx)
        if last is None:
            while_out = " while it was out of stock" if self._out_of_stock else ""
            return [f"no interest in {ctx.key}{while_out}"]
        return [f"showed interest in {ctx.key} at {format_clock(last, instant)}"]

    def asks(self) -> str:
        while_out = " while it was out of stock" if self._out_of_stock else ""
        period = "" if self._within is None else f" within {format_duration(self._within)}"
        return f"{' or '.join(self._by)}{while_out}{period}"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        return {"last_at": self._last(ctx)}

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        last = self._last(ctx)
        if truth is None or last is None:
            return None
        if truth or self._within is None or self._out_of_stock:
            return None  # earlier interest may have counted, too
        since = ctx.known_since(self._column, keyed=True)
        return None if since is not None and since > last else last + self._within


def without_interest(ctx: EvalContext, column: int, instant: int, within: int | None) -> Answer:
    """The answer where no interest is remembered in a column. It is unknown as long as interest
    from before it was remembered may lie in the window ``within`` (None: all time).
    """
    since = ctx.known_since(column, keyed=True)
    end = FOREVER if since is None or within is None else since + within
    return NEVER if since is None or instant >= end else (None, end)


def last_interest(ctx: EvalContext, column: int) -> list[Any] | None:
    """The last interest that a column remembers; None where there is none, or where it is not known
    whether a later snapshot of a cart has shown interest, too.
    """
    interest: list[Any] | None = ctx.key_features.get(column)
    return None if interest is None or is_doubtful(interest) else interest


def without_last_interest(ctx: EvalContext, column: int, instant: int, within: int) -> Answer:
    """The answer where `last_interest` is None: unknown as long as there may have been interest in
    the window ``within``.
    """
    interest: list[Any] | None = ctx.key_features.get(column)
    if interest is None or not is_doubtful(interest):
        return without_interest(ctx, column, instant, within)
    end: int = interest[0] + within
    return NEVER if instant >= end else (None, end)


def interest_column(feature: Interest | LastInterest, contact: Registry, keyed: Registry) -> int:
    """The column of a feature of the key's interest; binds the contact's cart where needed."""
    if "cart" in feature.by:
        contact.column(Cart())  # it tells which products of a snapshot are new in the cart
    return keyed.column(feature)
