"""What a trigger sends with it: the paths of its context, and what they need remembered.

Each template, and each instant rule, has a context of its own. Besides, every trigger may name the
event that brought the entry, the open cart and attributes of the contact; only what it names is
remembered for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from streamseg.core.conditions.attributes import NotedAttributes
from streamseg.core.conditions.base import Frame
from streamseg.core.conditions.logic import All
from streamseg.core.conditions.noted import Noted, NotedCart
from streamseg.core.definitions import Rung, Story
from streamseg.core.events import Event
from streamseg.core.timestamps import format_time

ANY_FIELD: Final = "*"
EVENT: Final = ("event.id", "event.type", "event.time", "event.data.*")
CART: Final = ("cart.items", "cart.total")
PRODUCT: Final = ("product.id", "product.stock", "product.price")
ATTRIBUTES: Final = "attributes."
Context = Callable[[Frame], dict[str, Any]]


def is_known(path: str, known: Iterable[str]) -> bool:
    """Whether a context with such paths (of which a last ``*`` is any field) may have this one."""
    if path.startswith(ATTRIBUTES):
        return True
    for one in (*known, *EVENT, *CART):
        if one == path or one.startswith(f"{path}."):
            return True
        if one.endswith(ANY_FIELD) and path.startswith(one[:-1]):
            return True
    return False


def of_event(event: Event) -> dict[str, Any]:
    """An event, for a context."""
    time = format_time(event.time)
    return {"event": {"id": event.id, "type": event.type, "time": time, "data": event.data}}


def with_context(
    rungs: list[Rung], story: Story, asked: Iterable[str], own: Iterable[str]
) -> tuple[list[Rung], Story]:
    """Rungs and story that also know what a trigger asks for and ``own`` contexts do not have."""
    roots = {path.partition(".")[0] for path in own}
    paths = list(asked)
    wanted = {path.partition(".")[0] for path in paths} - roots
    noted: list[Noted] = []
    contexts: list[Context] = [story.context]
    if "event" in wanted:
        contexts.append(_of_entry)
    if "cart" in wanted:
        cart = NotedCart()
        noted.append(cart)
        contexts.append(cart.context)
    named = tuple(path.removeprefix(ATTRIBUTES) for path in paths if path.startswith(ATTRIBUTES))
    if "attributes" in wanted and named:
        attributes = NotedAttributes(named)
        noted.append(attributes)
        contexts.append(attributes.context)
    if len(contexts) == 1:
        return rungs, story

    def context(frame: Frame) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for one in contexts:
            told |= one(frame)
        return told

    if noted:
        rungs = [Rung(one.label, All([one.condition, *noted])) for one in rungs]
    return rungs, Story(story.anchor, context, story.once)


def _of_entry(frame: Frame) -> dict[str, Any]:
    """The event that brought an entry; nothing where time or a product did."""
    return {} if frame.event is None else of_event(frame.event)
