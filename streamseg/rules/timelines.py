"""Tests of rules as files: events, and the triggers that are expected of them.

A file names its rules, or has them in it; each of its tests is a timeline. Instants are written
from the start of a timeline on (``+1h``), or as RFC 3339.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from streamseg.core.segments import RuleSet, Segment
from streamseg.core.timestamps import parse_duration, parse_time
from streamseg.core.vocabulary import PRODUCT_TYPES
from streamseg.rules.document import Node, read_document
from streamseg.rules.kinds import Choice, Duration, Integer, ListOf, Text
from streamseg.rules.loading import compile_rules
from streamseg.rules.problems import RuleError, RuleErrors, one_of
from streamseg.rules.reading import Bad, JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Fields, pairs_of, read_fields, record_schema

START_MS: Final = 1_767_607_200_000  # 2026-01-05T10:00:00Z, a Monday
_SPAN: Final = r"[+-]?([0-9]+(ms|s|m|h|d|w))+"
_PART: Final = re.compile(r"[0-9]+[a-z]+")


class Instant(msgspec.Struct, frozen=True):
    """An instant as written: ms from the start, or since 1970."""

    ms: int
    is_relative: bool

    def after(self, start: int) -> int:
        """Milliseconds since 1970."""
        return start + self.ms if self.is_relative else self.ms


class TimelineEvent(msgspec.Struct, frozen=True):
    """An event of a timeline: its instant (ms since 1970), the rest of its record, its place."""

    instant: int
    record: dict[str, Any]
    node: Node


class Expected(msgspec.Struct, frozen=True):
    """What a test expects to be told: its fields, as in the output, and its place.

    ``instants`` are compared as they are (ms since 1970), ``fields`` as texts, and ``context`` by
    path.
    """

    told: str
    fields: dict[str, str]
    instants: dict[str, int]
    context: dict[str, Any]
    node: Node


class Timeline(msgspec.Struct, frozen=True):
    """One test: events in the order of their arrival, and all that is expected of them."""

    name: str
    start: int
    events: list[TimelineEvent]
    expected: list[Expected]
    until: int | None
    lateness: int
    node: Node


class TimelineFile(msgspec.Struct, frozen=True):
    """A file of tests with its rules."""

    file: str
    rules: RuleSet
    timelines: list[Timeline]


class InstantKind(Kind):
    """An instant: ``+1h``, ``-30d``, ``+1d2h``, or RFC 3339."""

    def read(self, node: Node, scope: Scope) -> Instant:
        text = node.value
        try:
            if isinstance(text, str) and re.fullmatch(_SPAN, text):
                span = sum(parse_duration(part) for part in _PART.findall(text))
                return Instant(-span if text[0] == "-" else span, True)
            if isinstance(text, str) and "T" in text:
                return Instant(parse_time(text), False)
        except ValueError as error:
            raise scope.fail(node, f"{error}; write for example +1h") from None
        message = "must be a time such as +1h or 2026-01-05T10:00:00Z, not"
        raise scope.fail(node, f"{message} {node.kind}")

    def schema(self) -> JsonSchema:
        return {"type": "string", "pattern": rf"^({_SPAN}|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T.+)$"}


class Anything(Kind):
    """A mapping whose values are what JSON has; ``null`` is missing."""

    def read(self, node: Node, scope: Scope) -> dict[str, Any]:
        pairs_of(node, scope)
        found: dict[str, Any] = node.plain()
        return found

    def schema(self) -> JsonSchema:
        return {"type": "object"}


class _Rules(Kind):
    """The name of a rule file, or rules; read as a Node."""

    def read(self, node: Node, scope: Scope) -> Node:
        if node.is_mapping or (isinstance(node.value, str) and node.value):
            return node
        raise scope.fail(node, f"must be the name of a rule file, or rules, not {node.kind}")

    def schema(self) -> JsonSchema:
        return {"type": ["string", "object"]}


class _Fields(Kind):
    """A mapping with known fields; read as (its node, their values)."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields

    def read(self, node: Node, scope: Scope) -> tuple[Node, dict[str, Any]]:
        return node, read_fields(self._fields, pairs_of(node, scope), node, scope)

    def schema(self) -> JsonSchema:
        return record_schema(self._fields)


class _Several(ListOf):
    """A list that may be empty."""

    def read(self, node: Node, scope: Scope) -> list[Any]:
        if isinstance(node.value, list) and not node.value and not node.is_mapping:
            return []
        return super().read(node, scope)

    def schema(self) -> JsonSchema:
        return {"type": "array", "items": self._item.schema()}


EVENT_FIELDS: Fields = {
    "at": Field(InstantKind(), "when it happened, from the start on", required=True),
    "type": Field(Text("an event type"), "its type", required=True),
    "contact": Field(Text(), "whose it is (the test's contact)"),
    "product": Field(Text(), "of `stock_changed` and the like: the product"),
    "id": Field(Text(), "its id (none)"),
    "data": Field(Anything(), "its data"),
}
EXPECTED_FIELDS: Fields = {
    "segment": Field(Text("the name of a segment"), "of which segment", required=True),
    "told": Field(
        Choice("fired", "cancelled", "suppressed", "entered", "exited"),
        "a trigger that fired, was cancelled or held back; an entry or exit of a segment with "
        "`membership: true`",
        "fired",
    ),
    "at": Field(InstantKind(), "when the contact entered; of `exited`, when they left"),
    "contact": Field(Text(), "who (the test's contact)"),
    "key": Field(Text(), "under which key"),
    "rung": Field(Text("a duration as the rules write it"), "on which rung"),
    "anchor": Field(InstantKind(), "what began the episode"),
    "reason": Field(Choice("left", "cooldown", "limit", "stale"), "why it was held back"),
    "context": Field(Anything(), "fields of the context by their paths; others may be there"),
}
_COMMON: Fields = {
    "contact": Field(Text(), "the contact of whom no other is named"),
    "start": Field(InstantKind(), "what `+0s` means (2026-01-05T10:00:00Z)"),
    "lateness": Field(Duration(zero=True), "how long what time changes waits for late events (0s)"),
}
TIMELINE_FIELDS: Fields = {
    "name": Field(Text(), "what is shown, in a sentence", required=True),
    "events": Field(ListOf(_Fields(EVENT_FIELDS)), "in the order of arrival", required=True),
    "until": Field(InstantKind(), "when it ends (at the last event)"),
    "expect": Field(
        _Several(_Fields(EXPECTED_FIELDS)),
        "all triggers that are told; `[]` for none. What is held back, entries and exits may be "
        "left out",
        required=True,
    ),
    **_COMMON,
}
TESTS_FIELDS: Fields = {
    "version": Field(Integer(1, 1), "the version of the test language: 1", 1),
    "rules": Field(_Rules(), "the rule file, beside this one; or the rules themselves"),
    **_COMMON,
    "tests": Field(ListOf(_Fields(TIMELINE_FIELDS)), "the tests", required=True),
}


def timelines_schema() -> JsonSchema:
    """The JSON Schema (draft 2020-12) of files of tests, with descriptions for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:streamseg:rule-tests:1",
        "title": "Tests of Streamseg rules",
        **record_schema(TESTS_FIELDS),
    }


def load_timelines(path: Path) -> TimelineFile:
    """The tests of a file, or those beside a rule file: of `shop.yaml` in `shop.test.yaml`.

    Raises RuleErrors with every problem found in the tests or, if they cannot be used, the rules.
    """
    root = read_document(path)
    if root.is_mapping and root.at("segments") is not root and root.at("tests") is root:
        beside = path.with_name(f"{path.stem}.test{path.suffix}")
        if not beside.exists():
            message = f"there is no {beside.name} with its tests"
            raise RuleErrors([RuleError(str(path), 1, 1, message)])
        path = beside
        root = read_document(path)
    scope = Scope(str(path), [])
    try:
        values = read_fields(TESTS_FIELDS, pairs_of(root, scope), root, scope)
    except Bad:
        raise RuleErrors(scope.errors) from None
    rules = _rules_of(values["rules"], path)
    return TimelineFile(str(path), rules, _Reader(rules, values, scope).timelines())


def _rules_of(node: Node | None, path: Path) -> RuleSet:
    if node is not None and node.is_mapping:
        return compile_rules(node, str(path))
    if node is None:
        stem = path.stem.removesuffix(".test")
        if stem == path.stem:
            message = "`rules` is missing: the rule file that is tested"
            raise RuleErrors([RuleError(str(path), 1, 1, message)])
        beside = path.with_name(stem + path.suffix)
    else:
        beside = path.parent / node.value
    if node is not None and not beside.is_file():
        message = f"no rule file {str(beside)!r}"
        raise RuleErrors([RuleError(str(path), node.line, node.column, message)])
    return compile_rules(read_document(beside), str(beside))


class _Reader:
    """From the fields of a file to its timelines, with what only the rules can tell checked."""

    def __init__(self, rules: RuleSet, values: dict[str, Any], scope: Scope) -> None:
        self._segments = {segment.name: segment for segment in rules.segments}
        self._values = values
        self._scope = scope

    def timelines(self) -> list[Timeline]:
        timelines = [self._timeline(node, values) for node, values in self._values["tests"]]
        if self._scope.errors:
            raise RuleErrors(self._scope.errors)
        return timelines

    def _timeline(self, node: Node, values: dict[str, Any]) -> Timeline:
        for name in _COMMON:
            values[name] = self._values[name] if values[name] is None else values[name]
        start = START_MS if values["start"] is None else values["start"].after(START_MS)
        contact = values["contact"]
        return Timeline(
            name=values["name"],
            start=start,
            events=[self._event(one, given, contact, start) for one, given in values["events"]],
            expected=[
                self._expected(one, given, contact, start) for one, given in values["expect"]
            ],
            until=None if values["until"] is None else values["until"].after(start),
            lateness=values["lateness"] or 0,
            node=node,
        )

    def _event(
        self, node: Node, values: dict[str, Any], contact: str | None, start: int
    ) -> TimelineEvent:
        of_product = values["type"] in PRODUCT_TYPES
        record = {
            name: values[name]
            for name in ("type", "contact", "product", "id", "data")
            if values[name] is not None
        }
        if not of_product and contact is not None:
            record.setdefault("contact", contact)
        whose = "product" if of_product else "contact"
        if whose not in record:
            self._scope.report(node, f"`{whose}` is missing: whose {values['type']} is it?")
        return TimelineEvent(values["at"].after(start), record, node)

    def _expected(
        self, node: Node, values: dict[str, Any], contact: str | None, start: int
    ) -> Expected:
        name = values["segment"]
        segment = self._segments.get(name)
        if segment is None:
            message = f"no segment {name!r}; {one_of(name, self._segments)}"
            self._scope.report(node.at("segment"), message)
        else:
            self._check(segment, node, values)
        if values["contact"] is None:
            values["contact"] = contact
        named = ("segment", "contact", "key", "rung", "reason")
        return Expected(
            told=values["told"],
            fields={name: values[name] for name in named if values[name] is not None},
            instants={
                name: values[name].after(start)
                for name in ("at", "anchor")
                if values[name] is not None
            },
            context=values["context"] or {},
            node=node,
        )

    def _check(self, segment: Segment, node: Node, values: Mapping[str, Any]) -> None:
        """Report what the segment can never tell."""
        told, rung = values["told"], values["rung"]
        report = self._scope.report
        definition = segment.definition
        labels = [one.label for one in segment.rungs if one.label is not None]
        if rung is not None and rung not in labels:
            allowed = one_of(rung, labels) if labels else f"{segment.name!r} has no rungs"
            report(node.at("rung"), f"no rung {rung!r}; {allowed}")
        if values["key"] is not None and segment.per is None:
            report(node.at("key"), f"{segment.name!r} has no keys: it has no `per`")
        if told in ("entered", "exited"):
            if not definition.membership:
                report(node.at("told"), f"{segment.name!r} has no `membership: true`")
        elif definition.trigger is None:
            report(node.at("segment"), f"{segment.name!r} has no `trigger`: it never fires")
        if values["reason"] is not None and told != "suppressed":
            report(node.at("reason"), "`reason` needs `told: suppressed`")
