"""The reference of the rule language, written from the specifications that read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streamseg.rules.comparisons import operator_fields
from streamseg.rules.conditions.base import ConditionSpec, condition_specs
from streamseg.rules.identity import IDENTITY_FIELDS, PROTECT_FIELDS
from streamseg.rules.loading import FILE_FIELDS
from streamseg.rules.policies.example import EXAMPLE as POLICIES_EXAMPLE
from streamseg.rules.policies.file import PARTS as PARTS_OF_POLICIES
from streamseg.rules.policies.file import POLICIES_FIELDS
from streamseg.rules.policies.segment import PARTS as PARTS_OF_POLICY
from streamseg.rules.policies.segment import POLICY_FIELDS
from streamseg.rules.privacy import PRIVACY_FIELDS
from streamseg.rules.reading import JsonSchema
from streamseg.rules.records import Field, Fields, Record
from streamseg.rules.segment_fields import SEGMENT_FIELDS, TRIGGER_FIELDS
from streamseg.rules.templates.base import Template, templates
from streamseg.rules.value.block import VALUE_EXAMPLE, VALUE_FIELDS, VALUE_PARTS

_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "object": "mapping",
    "null": "nothing",
}


def reference() -> str:
    """The reference as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Rule reference"
    yield ""
    yield "`streamseg rules reference` writes this page from the code that reads rule files. The"
    yield "guide is [rules.md](rules.md); [semantics.md](semantics.md) defines exactly when a"
    yield "condition holds. The timelines in [examples](examples/) show each condition true and"
    yield "false; `streamseg rules test` runs them. In conditions, `t` is the instant at which they"
    yield "are asked."
    yield from _section("Files", FILE_FIELDS, 2)
    yield from _section("Identity", IDENTITY_FIELDS, 2)
    yield from ("", "Fields of `protect`:")
    yield from _table(PROTECT_FIELDS)
    yield from _section("Privacy", PRIVACY_FIELDS, 2)
    yield from _value()
    yield from _section("Segments", SEGMENT_FIELDS, 2)
    yield from _section("Trigger options", TRIGGER_FIELDS, 2)
    yield from _file(
        "name: example",
        "use: inactivity",
        "trigger: {"
        + ", ".join(f"{name}: {_sample(field)}" for name, field in TRIGGER_FIELDS.items())
        + "}",
    )
    yield ""
    yield "[Their timeline](examples/trigger_options.test.yaml)"
    operators = operator_fields()
    yield from _section("Operators", operators, 2)
    tests = [
        ("", f"name: {name}", "on: product_viewed", f"where: {{field: {{{name}: {sample}}}}}")
        for name, sample in ((one, field.kind.sample) for one, field in operators.items())
    ]
    yield from _file(*[field for one in tests for field in one][1:])
    yield ""
    yield "[Their timeline](examples/operators.test.yaml)"
    yield from _policies()
    yield from ("", "## Conditions")
    for spec in condition_specs().values():
        yield from _condition(spec)
    yield from ("", "## Templates")
    yield ""
    yield "A ladder is a list of values in ascending order. Each value makes a rung of the segment,"
    yield "and each rung has triggers of its own."
    for template in templates().values():
        yield from _template(template)


def _value() -> Iterator[str]:
    yield from _section("Value", VALUE_FIELDS, 2)
    for name, fields in VALUE_PARTS.items():
        yield from ("", f"Fields of `{name}`:")
        yield from _table(fields)
    yield from _file(
        "name: example", "use: lifecycle_moved", "with: {to: vip}", value=VALUE_EXAMPLE
    )


def _policies() -> Iterator[str]:
    yield from _section("Policies", POLICIES_FIELDS, 2)
    yield from ("", "[policies.md](policies.md) has worked examples.")
    for name, kind in PARTS_OF_POLICIES.items():
        yield from ("", f"Fields of `{name}`:")
        yield from _table(kind)
    yield from _section("The policy of a segment", POLICY_FIELDS, 2)
    for name, kind in PARTS_OF_POLICY.items():
        yield from ("", f"Fields of `{name}`:")
        yield from _table(kind)
    yield from ("", "```yaml", *POLICIES_EXAMPLE.splitlines(), "```")


def _condition(spec: ConditionSpec) -> Iterator[str]:
    yield from ("", f"### {spec.word}", "", spec.doc)
    if spec.per_product:
        yield from ("", "Only in a segment `per: product`.")
    yield from ("", f"[Its timeline](examples/{spec.word}.test.yaml)")
    yield from _table(spec.fields)
    for name, field in spec.fields.items():
        if isinstance(field.kind, Record):
            yield from ("", f"Fields of `{name}`:")
            yield from _table(field.kind.fields)
    own = ["name: example"]
    when = spec.example
    if spec.per_product:
        own.append("per: product")
        if spec.word != "interest":
            when = f"{{all: [{{interest: {{by: viewed}}}}, {when}]}}"
    before = ("name: loyal", "when: {did: order_placed, at_least: 3}")
    if spec.word == "in_segment":
        yield from _file(*before, "", *own, f"when: {when}", "trigger: {}")
    else:
        yield from _file(*own, f"when: {when}", "trigger: {}", value=spec.value)


def _template(template: Template) -> Iterator[str]:
    yield from ("", f"### {template.name}", "", template.doc)
    if template.per is not None:
        yield from ("", f"It is evaluated for each {template.per} separately.")
    yield from _table(template.parameters)
    given = f"use: {template.name}", f"with: {template.example}"
    yield from _file("name: example", *given, value=template.value)


def _section(title: str, fields: Fields, level: int) -> Iterator[str]:
    yield from ("", f"{'#' * level} {title}")
    yield from _table(fields)


def _table(fields: Fields) -> Iterator[str]:
    yield from ("", "| field | value | default | meaning |", "|---|---|---|---|")
    for name, field in fields.items():
        values = words(field.kind.schema()).replace("|", "\\|")
        yield f"| `{name}` | {values} | {_default(field)} | {field.doc} |"


def _default(field: Field) -> str:
    if field.required:
        return "required"
    return "" if field.default is None else f"`{field.kind.written(field.default)}`"


def _sample(field: Field) -> str:
    return field.kind.sample if field.default is None else field.kind.written(field.default)


def _file(*fields: str, value: str | None = None) -> Iterator[str]:
    """A rule file with these fields; an empty one begins another segment."""
    yield from ("", "```yaml", "version: 1")
    if value is not None:
        yield f"value: {value}"
    yield "segments:"
    first = True
    for field in fields:
        if field:
            yield f"  {'- ' if first else '  '}{field}"
        first = not field
    yield "```"


def words(schema: JsonSchema) -> str:
    """The values that a schema allows, in words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return "mapping, below" if name.startswith("polic") else f"a {name}"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(words(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    kind: Any = schema.get("type")
    if isinstance(kind, list):
        return " or ".join(_TYPES[one] for one in kind)
    if kind == "array":
        return f"list of: {words(schema['items'])}"
    if kind == "object":
        return _mapping(schema)
    if schema.get("title"):
        return str(schema["title"])
    if kind == "integer" and "maximum" in schema:
        if schema["minimum"] == schema["maximum"]:
            return f"`{schema['minimum']}`"
        return f"{schema['minimum']:,} to {schema['maximum']:,}"
    return _TYPES.get(kind, "any value")


def _mapping(schema: JsonSchema) -> str:
    inner = schema.get("properties", {})
    return f"mapping with {', '.join(f'`{one}`' for one in inner)}" if inner else "mapping"
