"""Starter files: a commented rule file to start from, by the specification of a template."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Any, Final

from streamseg.rules.conditions.base import condition_specs
from streamseg.rules.document import parse_document
from streamseg.rules.policies.example import EXAMPLE
from streamseg.rules.reading import flow
from streamseg.rules.segment_fields import SEGMENT_FIELDS, TRIGGER_FIELDS
from streamseg.rules.templates.base import Template, templates

FORMS: Final = {
    "when": "a segment with a condition of your own",
    "on": "a rule that fires at each event of a type",
}
POLICIES: Final = "policies"
_POLICIES: Final = "consent, quiet hours, caps and arms, with segments that mind them"


def starting_points() -> dict[str, str]:
    """The starting points: by name, one sentence."""
    return {one.name: one.doc for one in templates().values()} | FORMS | {POLICIES: _POLICIES}


def example_value() -> dict[str, Any]:
    """The `value` block that the examples of conditions and templates need."""
    found: dict[str, Any] = {}
    given = [one.value for one in condition_specs().values()]
    for text in [*given, *[one.value for one in templates().values()]]:
        if text is not None:
            found |= parse_document(text, "example").plain()
    return found


def starter_file(what: str, name: str | None = None) -> str:
    """A rule file with one segment, of a template or of the form ``when`` or ``on``; or one with
    ``policies``.

    ``name`` is the segment's name (default: ``what``). Raises KeyError if there is no such
    template.
    """
    if what == POLICIES:
        return EXAMPLE
    lines = ["version: 1"]
    if what in FORMS:
        lines += [
            *_comment("what `value` says of orders, and of the labels that conditions ask for", 0),
            f"# value: {flow(example_value())}",
            "segments:",
            *_of_form(what, name or f"my_{what}_rule"),
        ]
    else:
        template = templates()[what]
        if template.value is not None:
            lines.append(f"value: {template.value}")
        lines += ["segments:", *_of_template(template, name or what)]
    return "\n".join(lines) + "\n"


def _of_template(template: Template, name: str) -> Iterator[str]:
    yield from _comment(template.doc, 2)
    if template.per is not None:
        yield from _comment(f"It is evaluated for each {template.per} separately.", 2)
    yield f"  - name: {flow(name)}"
    yield f"    use: {template.name}"
    yield "    with:"
    example = parse_document(template.example, "example").plain()
    for parameter, field in template.parameters.items():
        yield from _comment(field.doc, 6)
        given = example.get(parameter)
        if field.default is not None or (field.required and given is not None):
            value = given if field.default is None else field.default
            text = field.kind.written(value) if field.default is not None else flow(given)
            yield f"      {parameter}: {text}"
        else:
            yield f"      # {parameter}: {field.kind.sample if given is None else flow(given)}"
    yield from _trigger("the trigger fires unless this says `trigger: false`")
    yield from _membership()


def _of_form(form: str, name: str) -> Iterator[str]:
    specs = condition_specs()
    yield f"  - name: {flow(name)}"
    if form == "on":
        yield from _comment(
            "the type of the events at which it fires, and a condition on their data", 4
        )
        yield "    on: order_placed"
        yield "    where: {total: {gte: 100}}"
        yield from _comment("a condition that must hold right after the event; may be left out", 4)
    else:
        yield from _comment("the condition for being in the segment: one of these, or several", 4)
    yield f"    when: {specs['did'].example}"
    for spec in specs.values():
        if spec.word != "did":
            needs = " (with `per: product`)" if spec.per_product else ""
            yield from _comment(f"{spec.doc}{needs}", 4)
            yield from (
                f"    # when: {one}" for one in (spec.example, spec.also) if one is not None
            )
    yield from _comment(SEGMENT_FIELDS["per"].doc, 4)
    yield "    # per: product"
    yield from _trigger("without `trigger` a `when` segment fires nothing")
    yield from _membership()


def _trigger(doc: str) -> Iterator[str]:
    yield from _comment(doc, 4)
    yield "    trigger:"
    for name, field in TRIGGER_FIELDS.items():
        yield from _comment(field.doc, 6)
        kind, default = field.kind, field.default
        yield f"      # {name}: {kind.sample if default is None else kind.written(default)}"


def _membership() -> Iterator[str]:
    for name in ("membership", "on_deploy"):
        field = SEGMENT_FIELDS[name]
        yield from _comment(field.doc, 4)
        yield f"    # {name}: {field.kind.written(field.default)}"


def _comment(text: str, indent: int) -> list[str]:
    return [" " * indent + f"# {line}" for line in wrap(text, 94 - indent)]
