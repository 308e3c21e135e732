"""What a template's module says."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import msgspec

from streamseg.core.segments import Rung, Story
from streamseg.rules import templates as package
from streamseg.rules.document import Node
from streamseg.rules.kinds import Fields, Scope


class Expansion(msgspec.Struct, frozen=True):
    """What a template comes to: a condition for each rung, and what it says of an episode."""

    rungs: list[Rung]
    story: Story


class Template(msgspec.Struct, frozen=True):
    """A function from parameters to conditions and context, with what there is to know of it.

    ``per`` is the field of its key, None where it has none. ``check`` reports what is wrong
    between parameters.
    """

    name: str
    doc: str
    parameters: Fields
    expand: Callable[[Mapping[str, Any]], Expansion]
    example: str
    per: str | None = None
    check: Callable[[Mapping[str, Any], Node, Scope], None] | None = None


@cache
def templates() -> dict[str, Template]:
    """All templates by name."""
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        if module.name != "base":
            template: Template = import_module(f"{package.__name__}.{module.name}").TEMPLATE
            found[template.name] = template
    return found
