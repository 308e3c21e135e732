"""The context of a trigger: its paths, and the features that they need.

Each template, and each instant rule, has a context of its own. In addition every trigger may name
the event that caused the entry, the open cart, and attributes and favourites of the contact. Only
what it names is remembered for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from msgspec.structs import replace

from streamseg.core.conditions.attributes import AttributesContext
from streamseg.core.conditions.base import EvalContext
from streamseg.core.conditions.context_only import CartContext, ContextOnly
from streamseg.core.conditions.favourite import FavouritesContext
from streamseg.core.conditions.logic import All
from streamseg.core.events import Event
from streamseg.core.features.favourites import Favourites
from streamseg.core.segments.definitions import Episode, Rung, TriggerOptions
from streamseg.core.values.timestamps import format_time
from streamseg.rules.document import Node
from streamseg.rules.problems import one_of
from streamseg.rules.reading import Scope

ANY_FIELD: Final = "*"
EVENT: Final = ("event.id", "event.type", "event.time", "event.data.*")
CART: Final = ("cart.items", "cart.total")
PRODUCT: Final = ("product.id", "product.stock", "product.price")
ATTRIBUTES: Final = "attributes."
FAVOURITES: Final = "favourites."
Context = Callable[[EvalContext], dict[str, Any]]


def is_known(path: str, known: Iterable[str]) -> bool:
    """Whether a context with such paths (where a final ``*`` stands for any field) may have this
    path.
    """
    if path.startswith((ATTRIBUTES, FAVOURITES)):
        return True
    for one in (*known, *EVENT, *CART):
        if one == path or one.startswith(f"{path}."):
            return True
        if one.endswith(ANY_FIELD) and path.startswith(one[:-1]):
            return True
    return False


def check_favourites(trigger: TriggerOptions | bool | None, node: Node, scope: Scope) -> None:
    """Report favourites in a context that the file does not define. Raises Bad."""
    asked = trigger.context if isinstance(trigger, TriggerOptions) else None
    for path in asked or ():
        name = path.removeprefix(FAVOURITES)
        if name != path and name not in scope.value.favourites:
            known = list(scope.value.favourites) or ["none, as it says of none"]
            place = node.at("trigger").at("context")
            raise scope.lack(place, f"no favourites {name!r} under `value`; {one_of(name, known)}")


def of_event(event: Event) -> dict[str, Any]:
    """An event, for a context."""
    time = format_time(event.time)
    return {"event": {"id": event.id, "type": event.type, "time": time, "data": event.data}}


def with_context(
    rungs: list[Rung],
    episode: Episode,
    asked: Iterable[str],
    own: Iterable[str],
    favourites: Mapping[str, tuple[Favourites, int]],
) -> tuple[list[Rung], Episode]:
    """Rungs and episode that also give the paths that a trigger asks for and that are not among its
    ``own``.

    ``favourites`` are those of the file, by their names.
    """
    roots = {path.partition(".")[0] for path in own}
    paths = list(asked)
    wanted = {path.partition(".")[0] for path in paths} - roots
    shown: list[ContextOnly] = []
    contexts: list[Context] = [episode.context]
    if "event" in wanted:
        contexts.append(_of_entry)
    if "cart" in wanted:
        cart = CartContext()
        shown.append(cart)
        contexts.append(cart.context)
    named = tuple(path.removeprefix(ATTRIBUTES) for path in paths if path.startswith(ATTRIBUTES))
    if "attributes" in wanted and named:
        attributes = AttributesContext(named)
        shown.append(attributes)
        contexts.append(attributes.context)
    liked = [path.removeprefix(FAVOURITES) for path in paths if path.startswith(FAVOURITES)]
    if liked:
        best = FavouritesContext({name: favourites[name] for name in liked})
        shown.append(best)
        contexts.append(best.context)
    if len(contexts) == 1:
        return rungs, episode

    def context(ctx: EvalContext) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for one in contexts:
            told |= one(ctx)
        return told

    if shown:
        rungs = [Rung(one.label, All([one.condition, *shown])) for one in rungs]
    return rungs, replace(episode, context=context)


def _of_entry(ctx: EvalContext) -> dict[str, Any]:
    """The event that caused an entry; empty if time or a product's change did."""
    return {} if ctx.event is None else of_event(ctx.event)
