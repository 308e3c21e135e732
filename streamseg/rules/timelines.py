"""Tests of rules as files: events, and the triggers that are expected of them.

A file names its rules, or has them in it; each of its tests is a timeline.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.segments.segment import Segment
from streamseg.core.vocabulary import PRODUCT_TYPES
from streamseg.rules.document import FlawedDocument, Node, read_document
from streamseg.rules.loading import compile_rules, load_rules
from streamseg.rules.problems import RuleError, RuleErrors, one_of
from streamseg.rules.reading import Bad, Scope
from streamseg.rules.records import pairs_of, read_fields
from streamseg.rules.timeline_fields import COMMON_FIELDS, TESTS_FIELDS

START_MS: Final = 1_767_607_200_000  # 2026-01-05T10:00:00Z, a Monday


class TimelineEvent(msgspec.Struct, frozen=True):
    """An event of a timeline: its instant (ms since 1970), the rest of its record, its place."""

    instant: int
    record: dict[str, Any]
    node: Node


class Expected(msgspec.Struct, frozen=True):
    """A message that a test expects: its fields, as in the output, and its place.

    ``instants`` are compared as they are (ms since 1970; an anchor may be a text), ``fields`` as
    texts, and ``context`` by path.
    """

    told: str
    fields: dict[str, str]
    instants: dict[str, int | str]
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


def load_timelines(path: Path) -> TimelineFile:
    """The tests of a file, or those beside a rule file: of `shop.yaml` in `shop.test.yaml`.

    Raises RuleErrors with every problem found in the tests or, if they cannot be used, the rules.
    """
    try:
        root = read_document(path)
    except FlawedDocument as flawed:
        if _is_of_rules(flawed.document):
            load_rules(path)  # which tells what else is wrong
        raise
    if _is_of_rules(root):
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


def _is_of_rules(root: Node) -> bool:
    """Whether a file has rules, and not tests."""
    return root.is_mapping and root.at("segments") is not root and root.at("tests") is root


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
    return load_rules(beside)


class _Reader:
    """Makes timelines of the fields of a file, and checks what depends on the rules."""

    def __init__(self, rules: RuleSet, values: dict[str, Any], scope: Scope) -> None:
        self._segments = {segment.name: segment for segment in rules.defined}
        self._values = values
        self._scope = scope

    def timelines(self) -> list[Timeline]:
        timelines = [self._timeline(node, values) for node, values in self._values["tests"]]
        if self._scope.errors:
            raise RuleErrors(self._scope.errors)
        return timelines

    def _timeline(self, node: Node, values: dict[str, Any]) -> Timeline:
        for name in COMMON_FIELDS:
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
        named = ("segment", "contact", "key", "rung", "reason", "variant")
        return Expected(
            told=values["told"],
            fields={name: values[name] for name in named if values[name] is not None},
            instants={
                name: one if isinstance(one, str) else one.after(start)
                for name in ("at", "anchor", "released", "until")
                if (one := values[name]) is not None
            },
            context=values["context"] or {},
            node=node,
        )

    def _check(self, segment: Segment, node: Node, values: Mapping[str, Any]) -> None:
        """Report an expectation that the segment can never meet."""
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
        if values["reason"] is not None and told not in ("suppressed", "deferred"):
            report(node.at("reason"), "`reason` needs `told: suppressed` or `told: deferred`")
        for name in ("released", "until", "variant"):
            if values[name] is not None and segment.policy is None:
                report(node.at(name), f"{segment.name!r} has no policy: it has no `{name}`")
