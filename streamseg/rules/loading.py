"""A rule file as a whole: read, checked, compiled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from streamseg.core.segments.definitions import Definition
from streamseg.core.segments.rule_set import RuleSet
from streamseg.rules.document import FlawedDocument, Node, parse_document, read_document
from streamseg.rules.identity import IDENTITY
from streamseg.rules.kinds import Integer
from streamseg.rules.policies.file import PoliciesKind
from streamseg.rules.privacy import PRIVACY, TOPICS
from streamseg.rules.problems import RuleError, RuleErrors
from streamseg.rules.reading import Bad, JsonSchema, Kind, Scope, read_all
from streamseg.rules.records import Field, Fields, pairs_of, read_fields
from streamseg.rules.segment import SegmentKind
from streamseg.rules.sizing import report_size
from streamseg.rules.value.alerts import report_uncountable, report_unwatchable
from streamseg.rules.value.block import ValueKind
from streamseg.rules.value.most_viewed import report_taken


class _Segments(Kind):
    """The list of segments; read as Definitions with unique names."""

    def read(self, node: Node, scope: Scope) -> list[Definition]:
        if not isinstance(node.value, list) or node.is_mapping:
            raise scope.fail(node, f"must be a list of segments, not {node.kind}")
        if not node.value:
            raise scope.fail(node, "an empty list; name at least one segment")
        bad = False
        seen: dict[str, int] = {}
        for name in _names(node):
            if name.value in seen:
                scope.report(
                    name, f"the name {name.value!r} is taken already, in line {seen[name.value]}"
                )
                bad = True
            seen.setdefault(name.value, name.line)
        report_taken(_names(node), scope)
        scope.segments = tuple(seen)
        scope.instant_segments = frozenset(
            str(one.at("name").value)
            for one in node.value
            if one.is_mapping and any(key.value == "on" for key, _ in one.value)
        )
        definitions: list[Definition] = read_all(node.value, SegmentKind(), scope)
        bad |= _report_cycles(scope)
        if bad:
            raise Bad
        return definitions

    def schema(self) -> JsonSchema:
        return {"type": "array", "minItems": 1, "items": SegmentKind().schema()}


def _names(node: Node) -> list[Node]:
    return [
        value
        for segment in node.value
        if segment.is_mapping
        for key, value in segment.value
        if key.value == "name" and isinstance(value.value, str)
    ]


def _report_derived(names: list[Node], rules: RuleSet, scope: Scope) -> None:
    """Report a segment that has the name of one that the engine adds to these rules."""
    counts = Counter(one.name for one in rules.segments)
    for name in names:
        if counts[name.value] > 1:
            scope.report(
                name,
                f"under these rules the engine has a segment {name.value!r} of its own; give this "
                "one another name",
            )


def _report_cycles(scope: Scope) -> bool:
    """Report segments that ask about themselves, directly or through others."""
    asks: dict[str, list[tuple[str, Node]]] = {}
    for asking, asked, place in scope.references:
        asks.setdefault(asking, []).append((asked, place))
    found = False
    for start in asks:
        path = _path_back(start, asks)
        if path and start == min(path):
            first = asks[start][[asked for asked, _ in asks[start]].index(path[1])][1]
            scope.report(first, f"a cycle of in_segment: {' -> '.join(path)}")
            found = True
    return found


def _path_back(start: str, asks: dict[str, list[tuple[str, Node]]]) -> list[str] | None:
    """The path from a segment back to itself; None if there is none."""
    paths = [[start]]
    seen = set()
    while paths:
        path = paths.pop(0)
        for asked, _ in asks.get(path[-1], ()):
            if asked == start:
                return [*path, start]
            if asked not in seen:
                seen.add(asked)
                paths.append([*path, asked])
    return None


FILE_FIELDS: Fields = {
    "version": Field(Integer(1, 1), "the version of the rule language: 1", required=True),
    "policies": Field(PoliciesKind(), "policies for the triggers of all segments"),
    "identity": Field(IDENTITY, "which contacts may not be merged into another"),
    "privacy": Field(
        PRIVACY,
        "when a contact is erased, who objects to profiling, and where pseudonyms stand for ids",
    ),
    "value": Field(
        ValueKind(), "which orders count, the labels computed from them, counts and alerts"
    ),
    "segments": Field(_Segments(), "the segments", required=True),
}


def load_rules(path: str | Path) -> RuleSet:
    """The compiled rules of a file.

    Raises RuleErrors with every problem found, each with its file, line and column.
    """
    return read_rules(Path(path))[1]


def read_rules(path: Path) -> tuple[Node, RuleSet]:
    """A rule file as a document, and compiled. Raises RuleErrors."""
    return _compiled(partial(read_document, path), str(path), is_confined=False)


def parse_rules(text: str, name: str = "rules.yaml", *, is_confined: bool = False) -> RuleSet:
    """The compiled rules of a text; ``name`` stands for its file in errors.

    ``is_confined``: other files that it names must lie beside it. Raises RuleErrors.
    """
    return parse_rule_text(text, name, is_confined=is_confined)[1]


def parse_rule_text(text: str, name: str, *, is_confined: bool) -> tuple[Node, RuleSet]:
    """The compiled rules of a text, and its document. Raises RuleErrors."""
    return _compiled(partial(parse_document, text, name), name, is_confined=is_confined)


def _compiled(read: Callable[[], Node], name: str, *, is_confined: bool) -> tuple[Node, RuleSet]:
    """A document and its rules. Keys and values that are not allowed do not hide other problems."""
    try:
        document = read()
    except FlawedDocument as flawed:
        places = {(one.line, one.column) for one in flawed.errors}
        others: list[RuleError] = []
        try:
            compile_rules(flawed.document, name, is_confined=is_confined)
        except RuleErrors as errors:
            others = [one for one in errors.errors if (one.line, one.column) not in places]
        raise RuleErrors([*flawed.errors, *others]) from None
    return document, compile_rules(document, name, is_confined=is_confined)


def compile_rules(root: Node, name: str, *, is_confined: bool = False) -> RuleSet:
    """The compiled rules of a document; ``name`` stands for its file in errors.

    ``is_confined``: other files that it names must lie beside it. Raises RuleErrors.
    """
    scope = Scope(name, [], is_confined=is_confined)
    values: dict[str, Any] = {}
    try:
        values = read_fields(FILE_FIELDS, pairs_of(root, scope), root, scope)
    except Bad:
        if scope.segments:
            report_unwatchable(scope)
        raise RuleErrors(scope.errors) from None
    definitions: list[Definition] = values["segments"]
    identity: dict[str, Any] = values["identity"] or {}
    privacy: dict[str, Any] = values["privacy"] or {}
    rules = RuleSet(
        definitions,
        scope.value.counting,
        identity.get("protect"),
        privacy.get("forget_after"),
        privacy.get("profiling"),
        frozenset(privacy.get("pseudonyms") or ()) & TOPICS,
        scope.value.viewing,
    )
    _report_derived(_names(root.at("segments")), rules, scope)
    report_unwatchable(scope)
    report_uncountable(scope, {segment.name: segment for segment in rules.defined})
    report_size(rules, root, scope)
    if scope.errors:
        raise RuleErrors(scope.errors)
    return rules
