"""What a template's module says."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final

import msgspec

from streamseg.core.features.cart import Cart
from streamseg.core.segments.definitions import Episode, Rung
from streamseg.core.values.timestamps import format_duration
from streamseg.core.values.zones import DAY_MS
from streamseg.rules import templates as package
from streamseg.rules.document import Node
from streamseg.rules.kinds import Duration, Ladder
from streamseg.rules.reading import Scope
from streamseg.rules.records import Field, Fields, OfFile


class Expansion(msgspec.Struct, frozen=True):
    """What a template comes to: a condition for each rung, and what it says of an episode.

    ``cart`` is the one it is about, where it is about one: what narrows it asks of the same cart.
    ``is_ladder``: above a rung that does not hold none does. ``cooldown`` (ms) is that of the
    trigger, unless it names one.
    """

    rungs: list[Rung]
    episode: Episode
    cart: Cart | None = None
    is_ladder: bool = True
    cooldown: int | None = None


class Template(msgspec.Struct, frozen=True):
    """A function from parameters to conditions and context, with what there is to know of it.

    ``context`` are the paths of what its triggers send. ``per`` is the field of its key, None where
    it has none. ``check`` reports what is wrong between parameters. ``value`` is what the example
    needs said of `value` in its file; ``of_file`` are values taken from there.
    """

    name: str
    doc: str
    parameters: Fields
    expand: Callable[[Mapping[str, Any]], Expansion]
    example: str
    context: tuple[str, ...]
    per: str | None = None
    value: str | None = None
    of_file: OfFile = {}
    check: Callable[[Mapping[str, Any], Node, Scope], None] | None = None


# The parameters of templates about a last event that nothing followed, see ``check_longest``.
LAST_EVENT_AGE: Final[Fields] = {
    "after": Field(
        Ladder(),
        "how old the last event must be (default 2h); a ladder sends a series of reminders",
        [("2h", 2 * 3_600_000)],
    ),
    "max_age": Field(
        Duration(),
        "how old the last event may be (default 3d); must be longer than `after`",
        3 * DAY_MS,
    ),
}


def check_longest(values: Mapping[str, Any], node: Node, scope: Scope) -> None:
    """Report a ladder ``after`` that does not end before ``max_age`` does. Raises Bad."""
    label, longest = values["after"][-1]
    if longest >= values["max_age"]:
        raise scope.fail(
            node.at("after", "max_age"),
            f"`after` {label} must be shorter than `max_age` {format_duration(values['max_age'])}",
        )


@cache
def templates() -> dict[str, Template]:
    """All templates by name."""
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        if module.name != "base":
            template: Template = import_module(f"{package.__name__}.{module.name}").TEMPLATE
            found[template.name] = template
    return found
