"""Kinds of values in a rule file: how each is read, what it is called, and its JSON Schema."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from streamseg.core.values.predicates import is_number
from streamseg.core.values.timestamps import format_duration, parse_duration
from streamseg.core.vocabulary import PRODUCT_TYPES
from streamseg.rules.document import Node
from streamseg.rules.problems import one_of
from streamseg.rules.reading import JsonSchema, Kind, Scope, flow, read_all

DURATION_PATTERN: Final = r"^[0-9]+(ms|s|m|h|d|w)$"
MAX_NAME: Final = 1000  # characters


class Text(Kind):
    """A non-empty text."""

    sample = "name"

    def __init__(self, what: str = "a text") -> None:
        self._what = what

    def read(self, node: Node, scope: Scope) -> str:
        if not isinstance(node.value, str) or not node.value:
            raise scope.fail(node, f"must be {self._what}, not {node.kind}")
        return node.value

    def schema(self) -> JsonSchema:
        return {"type": "string", "minLength": 1}


class Name(Text):
    """A text that names something in keys of records and in state."""

    def read(self, node: Node, scope: Scope) -> str:
        return _short(super().read(node, scope), node, scope)

    def schema(self) -> JsonSchema:
        return {**super().schema(), "maxLength": MAX_NAME}


def _short(name: str, node: Node, scope: Scope) -> str:
    if len(name) > MAX_NAME:
        raise scope.fail(node, f"a name of {len(name)} characters; at most {MAX_NAME} are allowed")
    return name


class Boolean(Kind):
    """true or false."""

    sample = "true"

    def read(self, node: Node, scope: Scope) -> bool:
        if not isinstance(node.value, bool):
            raise scope.fail(node, f"must be true or false, not {node.kind}")
        return node.value

    def schema(self) -> JsonSchema:
        return {"type": "boolean"}


class Integer(Kind):
    """A whole number between bounds."""

    sample = "10"

    def __init__(self, least: int, most: int = 1_000_000) -> None:
        self._least = least
        self._most = most

    def read(self, node: Node, scope: Scope) -> int:
        value = node.value
        if type(value) is not int or not self._least <= value <= self._most:
            allowed = f"a whole number from {self._least} to {self._most}"
            if self._least == self._most:
                allowed = str(self._least)
            raise scope.fail(node, f"must be {allowed}, not {node.kind}")
        return value

    def schema(self) -> JsonSchema:
        return {"type": "integer", "minimum": self._least, "maximum": self._most}


class NumberKind(Kind):
    """A number; read exactly as written."""

    sample = "100"

    def read(self, node: Node, scope: Scope) -> Any:
        if not is_number(node.value):
            raise scope.fail(node, f"must be a number, not {node.kind}")
        return node.value

    def schema(self) -> JsonSchema:
        return {"type": "number"}


class Duration(Kind):
    """A duration in ms."""

    sample = "7d"

    def __init__(self, zero: bool = False) -> None:
        self._zero = zero

    def read(self, node: Node, scope: Scope) -> int:
        if not isinstance(node.value, str):
            raise scope.fail(node, f"must be a duration such as 90s, 1h or 30d, not {node.kind}")
        try:
            duration = parse_duration(node.value)
        except ValueError as error:
            raise scope.fail(node, f"{error}; write for example 90s, 1h or 30d") from None
        if not duration and not self._zero:
            raise scope.fail(node, f"must be longer than 0, not {node.value!r}")
        return duration

    def schema(self) -> JsonSchema:
        return {"type": "string", "pattern": DURATION_PATTERN, "title": "duration"}

    def written(self, value: Any) -> str:
        return format_duration(value) if value else "0s"


class Ascending(Kind):
    """A value, or several in ascending order; read as (label as written, value). ``what`` names the
    kind of value in errors.
    """

    def __init__(self, item: Kind, what: str) -> None:
        self._item = item
        self._what = what
        self.sample = item.sample

    def read(self, node: Node, scope: Scope) -> list[tuple[str, Any]]:
        is_list = isinstance(node.value, list) and not node.is_mapping
        places = node.value if is_list else [node]
        if not places:
            raise scope.fail(node, f"an empty ladder; name one {self._what} or more")
        values = read_all(places, self._item, scope)
        check_ascent(values, places, scope)
        return [(str(one.value), value) for one, value in zip(places, values, strict=True)]

    def schema(self) -> JsonSchema:
        one = self._item.schema()
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}

    def normal(self, value: Any) -> Any:
        return [(label, self._item.normal(one)) for label, one in value]

    def written(self, value: Any) -> str:
        labels = [label for label, _ in value]
        return flow(labels[0] if len(labels) == 1 else labels)


def check_ascent(values: Sequence[Any], places: Sequence[Node], scope: Scope) -> None:
    """Report the first value that is not above the one before. Raises Bad."""
    for (before, value), (former, place) in zip(pairwise(values), pairwise(places), strict=True):
        if value <= before:
            message = f"a ladder must ascend; {place.value} is not more than {former.value}"
            raise scope.fail(place, message)


class Ladder(Ascending):
    """A duration, or several in ascending order; read as (label as written, ms)."""

    def __init__(self, zero: bool = False) -> None:
        super().__init__(Duration(zero), "duration")
        self.sample = "[1h, 1d]"


class Choice(Kind):
    """One of a few words."""

    def __init__(self, *words: str) -> None:
        self._words = words
        self.sample = words[0]

    def read(self, node: Node, scope: Scope) -> str:
        if node.value not in self._words:
            found = node.value if isinstance(node.value, str) else ""
            raise scope.fail(node, f"found {node.kind}; {one_of(found, self._words)}")
        return str(node.value)

    def schema(self) -> JsonSchema:
        return {"enum": list(self._words)}


class ListOf(Kind):
    """A list of at least one; where ``or_one``, a value alone is a list of it."""

    def __init__(self, item: Kind, *, or_one: bool = False) -> None:
        self._item = item
        self._or_one = or_one
        self.sample = item.sample if or_one else f"[{item.sample}]"

    def read(self, node: Node, scope: Scope) -> list[Any]:
        if isinstance(node.value, list) and not node.is_mapping:
            if not node.value:
                raise scope.fail(node, "an empty list; name one or more")
            return read_all(node.value, self._item, scope)
        if self._or_one:
            return [self._item.read(node, scope)]
        raise scope.fail(node, f"must be a list, not {node.kind}")

    def schema(self) -> JsonSchema:
        several = {"type": "array", "items": self._item.schema(), "minItems": 1}
        return {"anyOf": [self._item.schema(), several]} if self._or_one else several

    def normal(self, value: Any) -> Any:
        return [self._item.normal(one) for one in value]

    def written(self, value: Any) -> str:
        return f"[{', '.join(self._item.written(one) for one in value)}]"


class Named(Kind):
    """A mapping from names that the shop chooses to values of one kind, at most ``most``; read as a
    dict.
    """

    def __init__(self, item: Kind, what: str, most: int | None = None) -> None:
        self._item = item
        self._what = what
        self._most = most
        self.sample = f"{{name: {item.sample}}}"

    def read(self, node: Node, scope: Scope) -> dict[str, Any]:
        if not node.is_mapping:
            raise scope.fail(node, f"must be a mapping, not {node.kind}")
        names = [key.value for key, _ in node.value]
        if not names:
            raise scope.fail(node, f"no {self._what}; name one or more")
        if self._most is not None and len(names) > self._most:
            raise scope.fail(node, f"{len(names)} {self._what}; at most {self._most} are allowed")
        for key, _ in node.value:
            _short(str(key.value), key, scope)
        values = read_all([value for _, value in node.value], self._item, scope)
        return dict(zip(names, values, strict=True))

    def schema(self) -> JsonSchema:
        bound = {} if self._most is None else {"maxProperties": self._most}
        return {
            "type": "object",
            "minProperties": 1,
            **bound,
            "additionalProperties": self._item.schema(),
        }


class EventType(Kind):
    """The type of a contact's event; a custom one too."""

    sample = "order_placed"

    def read(self, node: Node, scope: Scope) -> str:
        if not isinstance(node.value, str) or not node.value:
            raise scope.fail(node, f"must be an event type, not {node.kind}")
        if node.value in PRODUCT_TYPES:
            message = f"{node.value} happens to a product, not to a contact"
            raise scope.fail(node, message)
        return node.value

    def schema(self) -> JsonSchema:
        return {"type": "string", "minLength": 1}


class EventTypes(Kind):
    """An event type, several, or ``any`` for any activity; read as a sorted tuple, None for any.

    ``word`` is a keyword that is no type, and is read as it is.
    """

    _list = ListOf(EventType(), or_one=True)

    def __init__(self, word: str | None = None) -> None:
        self._word = word
        self.sample = word or "any"

    def read(self, node: Node, scope: Scope) -> tuple[str, ...] | str | None:
        if self._word is not None and node.value == self._word:
            return self._word
        types = self._list.read(node, scope)
        if "any" in types:
            if len(types) > 1:
                raise scope.fail(node, "`any` stands alone: it means any activity")
            return None
        return tuple(sorted(set(types)))

    def schema(self) -> JsonSchema:
        return self._list.schema()
