"""The language of tests of rules: what may stand in a file of timelines, and its JSON Schema.

Instants are written from the start of a timeline on (``+1h``), or as RFC 3339.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from streamseg.core.messages.outcomes import REASONS
from streamseg.core.values.timestamps import parse_duration, parse_time
from streamseg.rules.document import Node
from streamseg.rules.kinds import Choice, Duration, Integer, ListOf, Text
from streamseg.rules.reading import JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Fields, pairs_of, read_fields, record_schema

_SPAN: Final = r"[+-]?([0-9]+(ms|s|m|h|d|w))+"
_PART: Final = re.compile(r"[0-9]+[a-z]+")


class Instant(msgspec.Struct, frozen=True):
    """An instant as written: ms from the start, or since 1970."""

    ms: int
    is_relative: bool

    def after(self, start: int) -> int:
        """Milliseconds since 1970."""
        return start + self.ms if self.is_relative else self.ms


def _instant_of(text: str) -> Instant | None:
    """The instant that is written, None where none is meant. Raises ValueError."""
    if re.fullmatch(_SPAN, text):
        span = sum(parse_duration(part) for part in _PART.findall(text))
        return Instant(-span if text[0] == "-" else span, True)
    return Instant(parse_time(text), False) if "T" in text else None


class InstantKind(Kind):
    """An instant: ``+1h``, ``-30d``, ``+1d2h``, or RFC 3339."""

    def read(self, node: Node, scope: Scope) -> Instant:
        try:
            found = _instant_of(node.value) if isinstance(node.value, str) else None
        except ValueError as error:
            raise scope.fail(node, f"{error}; write for example +1h") from None
        if found is not None:
            return found
        message = "must be a time such as +1h or 2026-01-05T10:00:00Z, not"
        raise scope.fail(node, f"{message} {node.kind}")

    def schema(self) -> JsonSchema:
        return {"type": "string", "pattern": rf"^({_SPAN}|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T.+)$"}


class AnchorKind(Kind):
    """An instant; or a text as it is told: an anniversary's date, a move's instant and name."""

    def read(self, node: Node, scope: Scope) -> Instant | str:
        text: str = Text("a time, or what is told as the anchor").read(node, scope)
        try:
            return _instant_of(text) or text
        except ValueError:
            return text

    def schema(self) -> JsonSchema:
        return {"type": "string", "minLength": 1}


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
        Choice("fired", "cancelled", "suppressed", "deferred", "entered", "exited"),
        "a trigger that fired, was cancelled or held back, or waits for a policy; an entry or exit "
        "of a segment with `membership: true`",
        "fired",
    ),
    "at": Field(InstantKind(), "when the contact entered; of `exited`, when they left"),
    "contact": Field(Text(), "who (the test's contact)"),
    "key": Field(Text(), "under which key"),
    "rung": Field(Text("a duration as the rules write it"), "on which rung"),
    "anchor": Field(AnchorKind(), "what began the episode: an instant, or a text as it is told"),
    "reason": Field(Choice(*REASONS), "why it was held back, or the gate that it waits for"),
    "released": Field(InstantKind(), "when a policy released it"),
    "until": Field(InstantKind(), "when one that waits is foreseen to be released"),
    "variant": Field(Text("an arm"), "the arm of its split, or `holdout`"),
    "context": Field(Anything(), "fields of the context by their paths; others may be there"),
}
COMMON_FIELDS: Fields = {
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
    **COMMON_FIELDS,
}
TESTS_FIELDS: Fields = {
    "version": Field(Integer(1, 1), "the version of the test language: 1", 1),
    "rules": Field(_Rules(), "the rule file, beside this one; or the rules themselves"),
    **COMMON_FIELDS,
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
