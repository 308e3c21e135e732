"""Kinds of values that only policies have."""

from __future__ import annotations

from typing import Any, Final

from streamseg.core.policies.arms import BUCKETS
from streamseg.core.values.predicates import Where, is_number
from streamseg.core.values.timestamps import parse_time
from streamseg.rules.comparisons import WhereKind
from streamseg.rules.dates import Clock
from streamseg.rules.document import Node
from streamseg.rules.kinds import EventType, Integer, Text
from streamseg.rules.problems import one_of
from streamseg.rules.reading import JsonSchema, Kind, Scope, read_all
from streamseg.rules.records import Field, Fields, Record

NONE: Final = "none"
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class ClockOrNow(Kind):
    """A time of the local clock, or ``now`` (None)."""

    sample = "now"
    _clock = Clock()

    def read(self, node: Node, scope: Scope) -> int | None:
        return None if node.value == "now" else self._clock.read(node, scope)

    def schema(self) -> JsonSchema:
        return {"anyOf": [{"enum": ["now"]}, self._clock.schema()]}


class Share(Kind):
    """A number of percent, of two decimals at most; read in hundredths of a percent."""

    sample = "5"

    def read(self, node: Node, scope: Scope) -> int:
        value = node.value
        if not is_number(value) or not 0 <= value <= 100:
            raise scope.fail(node, f"must be a number from 0 to 100, not {node.kind}")
        share = value * (BUCKETS // 100)
        if share != int(share):
            raise scope.fail(node, f"has more than two decimals: {value}")
        return int(share)

    def schema(self) -> JsonSchema:
        return {"type": "number", "minimum": 0, "maximum": 100, "multipleOf": 0.01}


class Path(Text):
    """The path of an attribute of the contact."""

    sample = "timezone"

    def __init__(self) -> None:
        super().__init__("the path of an attribute")


class Moment(Kind):
    """An instant as RFC 3339 with an offset; read in ms since 1970."""

    sample = "2026-12-01T08:00:00Z"

    def read(self, node: Node, scope: Scope) -> int:
        if isinstance(node.value, str):
            try:
                return parse_time(node.value)
            except ValueError:
                pass
        raise scope.fail(node, f"must be an instant such as {self.sample}, not {node.kind}")

    def schema(self) -> JsonSchema:
        return {"type": "string", "format": "date-time", "title": "instant"}


class PausedKind(Kind):
    """Whether it is paused, or until when."""

    sample = "false"
    _moment = Moment()

    def read(self, node: Node, scope: Scope) -> bool | int:
        if isinstance(node.value, bool):
            return node.value
        return self._moment.read(node, scope)

    def schema(self) -> JsonSchema:
        return {"anyOf": [{"type": "boolean"}, self._moment.schema()]}


class OrNone(Kind):
    """A value, or ``none``, read as the word."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self.sample = kind.sample

    def read(self, node: Node, scope: Scope) -> Any:
        return NONE if node.value == NONE else self._kind.read(node, scope)

    def schema(self) -> JsonSchema:
        return {"anyOf": [{"enum": [NONE]}, self._kind.schema()]}


class References(Kind):
    """Names of consents or caps of the file's ``policies``; they are resolved when the segment is
    read.
    """

    def __init__(self, what: str, sample: str) -> None:
        self._text = Text(f"the name of a {what}")
        self.sample = f"[{sample}]"

    def read(self, node: Node, scope: Scope) -> list[tuple[str, Node]]:
        if not isinstance(node.value, list) or node.is_mapping or not node.value:
            raise scope.fail(node, f"must be a list of names, or `none`, not {node.kind}")
        names = read_all(node.value, self._text, scope)
        return list(zip(names, node.value, strict=True))

    def schema(self) -> JsonSchema:
        return {"type": "array", "items": self._text.schema(), "minItems": 1}

    @staticmethod
    def chosen(
        names: list[tuple[str, Node]], known: dict[str, Any], what: str, scope: Scope
    ) -> list[str]:
        """The names, each once; reports unknown names and raises Bad."""
        for name, node in names:
            if name not in known:
                there = one_of(name, known) if known else f"`policies` names no {what}"
                raise scope.fail(node, f"no {what} {name!r}; {there}")
        return list(dict.fromkeys(name for name, _ in names))


class StopKind(Kind):
    """An event type, or one with a test of its data; read as (type, Where or None)."""

    sample = "message_unsubscribed"
    _type = EventType()
    _record = Record(
        {
            "on": Field(EventType(), "the type of the event", required=True),
            "where": Field(WhereKind(), "condition on the event's data"),
        }
    )

    def read(self, node: Node, scope: Scope) -> tuple[str, Where | None]:
        if not node.is_mapping:
            return self._type.read(node, scope), None
        values = self._record.read(node, scope)
        return values["on"], values["where"]

    def schema(self) -> JsonSchema:
        return {"anyOf": [self._type.schema(), self._record.schema()]}

    def written(self, value: Any) -> str:
        return str(value[0])


class LimitKind(Kind):
    """A whole number, or an attribute of the contact with a default; read as (number, path)."""

    sample = "1"

    def __init__(self, most: int) -> None:
        self._number = Integer(0, most)
        fields: Fields = {
            "attribute": Field(
                Path(), "the attribute that holds the contact's own limit", required=True
            ),
            "default": Field(
                self._number, "the limit for a contact without that attribute", required=True
            ),
        }
        self._record = Record(fields)

    def read(self, node: Node, scope: Scope) -> tuple[int, str | None]:
        if not node.is_mapping:
            return self._number.read(node, scope), None
        values = self._record.read(node, scope)
        return values["default"], values["attribute"]

    def schema(self) -> JsonSchema:
        return {"anyOf": [self._number.schema(), self._record.schema()]}
