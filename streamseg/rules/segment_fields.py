"""The fields of a segment in a rule file, and of its trigger."""

from __future__ import annotations

from typing import Any

from streamseg.core.segments.definitions import MAX_KEYS, TriggerOptions
from streamseg.rules.comparisons import WhereKind
from streamseg.rules.conditions.base import ConditionKind
from streamseg.rules.document import Node
from streamseg.rules.kinds import Boolean, Choice, Duration, EventType, Integer, ListOf, Name, Text
from streamseg.rules.policies.membership import MembershipKind
from streamseg.rules.policies.segment import PolicyKind
from streamseg.rules.problems import one_of
from streamseg.rules.reading import JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Fields, Record, pairs_of
from streamseg.rules.templates.base import templates


class _ContextPath(Text):
    sample = "last.time"


TRIGGER_FIELDS: Fields = {
    "cooldown": Field(Duration(zero=True), "do not fire again within this time of the last firing"),
    "limit": Field(Integer(1), "do not fire more often than this, ever"),
    "context": Field(
        ListOf(_ContextPath("a path of the context")),
        "which paths of the context to send (default: all that the segment has of its own); "
        "`event`, `cart`, `attributes.PATH` and `favourites.NAME` may be added",
    ),
    "cancel": Field(Boolean(), "whether a late event may cancel a trigger that has fired", True),
}


class _Trigger(Kind):
    """``false``, or options; read as TriggerOptions, or False."""

    _options = Record(TRIGGER_FIELDS)

    def read(self, node: Node, scope: Scope) -> TriggerOptions | bool:
        if node.value is None or node.value is True:
            return TriggerOptions()
        if node.value is False:
            return False
        values = self._options.read(node, scope)
        context = values["context"]
        return TriggerOptions(
            cooldown=values["cooldown"],
            limit=values["limit"],
            context=None if context is None else tuple(context),
            cancel=values["cancel"],
        )

    def schema(self) -> JsonSchema:
        return {"anyOf": [{"type": ["boolean", "null"]}, self._options.schema()]}

    def normal(self, value: Any) -> Any:
        if isinstance(value, bool):
            return value
        return [value.cooldown, value.limit, value.context, value.cancel]


class _TemplateName(Kind):
    def read(self, node: Node, scope: Scope) -> str:
        known = templates()
        if node.value not in known:
            found = node.value if isinstance(node.value, str) else ""
            what = (
                f"unknown template {found!r}" if found else f"must be a template, not {node.kind}"
            )
            raise scope.fail(node, f"{what}; {one_of(found, known)}")
        return str(node.value)

    def schema(self) -> JsonSchema:
        return {"enum": list(templates())}


class _Parameters(Kind):
    """A template's parameters: a mapping, which is read once the template is known."""

    def read(self, node: Node, scope: Scope) -> Node:
        if node.value is None:
            return Node([], node.line, node.column, is_mapping=True)
        pairs_of(node, scope)
        return node

    def schema(self) -> JsonSchema:
        return {"type": ["object", "null"]}


SEGMENT_FIELDS: Fields = {
    "name": Field(
        Name(),
        "the segment's name, unique in the file; it is part of the ids of triggers",
        required=True,
    ),
    "use": Field(_TemplateName(), "a template"),
    "with": Field(_Parameters(), "the template's parameters"),
    "when": Field(
        ConditionKind(),
        "the condition for being in the segment; with `use`, a condition that must hold as well "
        "as the template",
    ),
    "on": Field(
        EventType(), "an event type: the segment is an instant rule, which fires at each such event"
    ),
    "where": Field(WhereKind(), "condition on the data of the event of `on`"),
    "per": Field(
        Text("`product` or a field of data"),
        "`product`, or a field of the events' data: the segment is evaluated for each value of it "
        "separately",
    ),
    "max_keys": Field(
        Integer(1, 10_000), "how many keys (values of `per`) are remembered of a contact", MAX_KEYS
    ),
    "trigger": Field(_Trigger(), "options of the trigger; false: no trigger"),
    "policy": Field(PolicyKind(), "when a contact may get a message, and who gets one at all"),
    "membership": Field(
        MembershipKind(),
        "whether entries and exits are written to `streamseg.membership`; with `{consent: "
        "[ads]}`, only while the contact has given one of these consents",
        False,
    ),
    "on_deploy": Field(
        Choice("silent", "fire"),
        "whether contacts that are in the segment when its rule is new enter with a trigger "
        "(`fire`) or without",
        "silent",
    ),
    "on_table": Field(
        Choice("silent", "fire"),
        "whether contacts that enter because of a new table of quantiles enter with a trigger "
        "(`fire`) or without",
        "silent",
    ),
}
