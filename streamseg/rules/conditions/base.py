"""What a condition's module says, and how a condition is read."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import msgspec

from streamseg.core.conditions.base import Condition
from streamseg.rules import conditions as package
from streamseg.rules.document import Node
from streamseg.rules.problems import one_of
from streamseg.rules.reading import Bad, JsonSchema, Kind, Scope
from streamseg.rules.records import (
    Fields,
    OfFile,
    normal_fields,
    normal_of_file,
    pairs_of,
    read_fields,
    record_schema,
)


class ConditionSpec(msgspec.Struct, frozen=True):
    """A condition of the rule language.

    ``fields`` include ``word``, the one that names it. ``build`` makes the core's condition of
    the fields' values. ``check`` reports what is wrong between fields. ``per_product`` says that
    it has a meaning only in a segment per product. ``value`` is what the example needs said of
    `value` in its file; ``of_file`` are values taken from there. ``also`` is an example of what
    the other one does not show.
    """

    word: str
    doc: str
    fields: Fields
    build: Callable[[Mapping[str, Any]], Condition]
    example: str
    check: Callable[[Mapping[str, Any], Node, Scope], None] | None = None
    per_product: bool = False
    value: str | None = None
    of_file: OfFile = {}
    also: str | None = None


class Written(msgspec.Struct):
    """A condition as written: its spec and the values of its fields."""

    spec: ConditionSpec
    values: dict[str, Any]

    def build(self) -> Condition:
        """The core's condition."""
        return self.spec.build(self.values)

    def normal(self) -> Any:
        """A normal form, which is equal if the meaning is equal."""
        normal = normal_fields(self.spec.fields, self.values)
        return normal | normal_of_file(self.spec.of_file, self.values)


@cache
def condition_specs() -> dict[str, ConditionSpec]:
    """All conditions by their words."""
    specs = {}
    for module in pkgutil.iter_modules(package.__path__):
        if module.name != "base":
            spec: ConditionSpec = import_module(f"{package.__name__}.{module.name}").SPEC
            specs[spec.word] = spec
    return specs


class ConditionKind(Kind):
    """A condition; read as a Written."""

    def read(self, node: Node, scope: Scope) -> Written:
        if not node.is_mapping:
            message = f"must be a condition, such as {{did: searched}}, not {node.kind}"
            raise scope.fail(node, message)
        given = pairs_of(node, scope)
        specs = condition_specs()
        words = [name for name in given if name in specs]
        if not words:
            if not given:
                raise scope.fail(node, f"an empty condition; name one of {', '.join(specs)}")
            known = {field for spec in specs.values() for field in spec.fields}
            name = next((one for one in given if one not in known), next(iter(given)))
            raise scope.fail(given[name][0], f"unknown condition `{name}`; {one_of(name, specs)}")
        if len(words) > 1:
            message = f"`{words[0]}` and `{words[1]}` are two conditions; put both into `all:`"
            raise scope.fail(given[words[1]][0], message)
        spec = specs[words[0]]
        fits = not spec.per_product or scope.per == "product"
        if not fits:
            scope.report(given[spec.word][0], f"`{spec.word}` needs a segment with `per: product`")
        values = read_fields(spec.fields, given, node, scope)
        if not fits:
            raise Bad
        values |= {name: take(node, scope) for name, take in spec.of_file.items()}
        if spec.check is not None:
            spec.check(values, node, scope)
        return Written(spec, values)

    def schema(self) -> JsonSchema:
        return {"$ref": "#/$defs/condition"}

    def normal(self, value: Any) -> Any:
        return value.normal()


def condition_schema() -> JsonSchema:
    """The JSON Schema of any condition."""
    variants = []
    for spec in condition_specs().values():
        variant = record_schema(spec.fields) | {"description": spec.doc}
        variant["required"] = sorted({spec.word, *variant["required"]})
        variants.append(variant)
    return {"oneOf": variants}
