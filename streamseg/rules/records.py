"""Mappings with known fields, and how they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from streamseg.rules.document import Node
from streamseg.rules.problems import one_of
from streamseg.rules.reading import Bad, JsonSchema, Kind, Scope


class Field(msgspec.Struct, frozen=True):
    """A field of a mapping: its kind, one sentence on it, and its default unless required.

    ``absent`` computes the default from the mapping and the file.
    """

    kind: Kind
    doc: str
    default: Any = None
    required: bool = False
    absent: Callable[[Node, Scope], Any] | None = None


Fields = Mapping[str, Field]
# What is taken from the file, not from a mapping, by names: each has a ``text``, the same where it
# is the same. Raises Bad where the file does not say.
OfFile = Mapping[str, Callable[[Node, Scope], Any]]


class Record(Kind):
    """A mapping with known fields."""

    def __init__(self, fields: Fields, *, at_least_one: bool = False) -> None:
        self.fields = fields
        self._at_least_one = at_least_one

    def read(self, node: Node, scope: Scope) -> dict[str, Any]:
        given = pairs_of(node, scope)
        if self._at_least_one and not given:
            raise scope.fail(node, f"name at least one of {', '.join(self.fields)}")
        return read_fields(self.fields, given, node, scope)

    def schema(self) -> JsonSchema:
        return record_schema(self.fields) | ({"minProperties": 1} if self._at_least_one else {})

    def normal(self, value: Any) -> Any:
        return normal_fields(self.fields, value)


def pairs_of(node: Node, scope: Scope) -> dict[str, tuple[Node, Node]]:
    """The fields of a mapping: by name, the nodes of key and value."""
    if not node.is_mapping:
        raise scope.fail(node, f"must be a mapping, not {node.kind}")
    return {key.value: (key, value) for key, value in node.value}


def read_fields(
    fields: Fields, given: Mapping[str, tuple[Node, Node]], node: Node, scope: Scope
) -> dict[str, Any]:
    """The values of all fields, defaults where not given; all that is bad is reported.

    Raises Bad.
    """
    bad = False
    for name, (key, _) in given.items():
        if name not in fields:
            scope.report(key, f"unknown field `{name}`; {one_of(name, fields)}")
            bad = True
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in given:
            try:
                values[name] = field.kind.read(given[name][1], scope)
            except Bad:
                bad = True
        elif field.required:
            scope.report(node, f"`{name}` is missing: {field.doc}")
            bad = True
        elif field.absent is not None:
            try:
                values[name] = field.absent(node, scope)
            except Bad:
                bad = True
        else:
            values[name] = field.default
    if bad:
        raise Bad
    return values


def record_schema(fields: Fields) -> JsonSchema:
    """The JSON Schema of a mapping with these fields and no others."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: field.kind.schema() | {"description": field.doc} for name, field in fields.items()
        },
        "required": [name for name, field in fields.items() if field.required],
    }


def normal_fields(fields: Fields, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of fields in normal form, without those that are None."""
    return {
        name: field.kind.normal(values[name])
        for name, field in fields.items()
        if values.get(name) is not None
    }


def normal_of_file(of_file: OfFile, values: Mapping[str, Any]) -> dict[str, str]:
    """The values taken from the file, in normal form."""
    return {name: values[name].text for name in of_file}
