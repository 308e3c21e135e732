"""YAML 1.2 with places: every value knows the line and column it stands at.

Only ``true`` and ``false`` are booleans (``on`` is a key, ``NO`` a country); numbers with a
fraction are exact decimals; nothing is a date.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec
import yaml

from streamseg.core.values.predicates import Number
from streamseg.core.vocabulary import exact_decimal
from streamseg.rules.misread import misread
from streamseg.rules.problems import RuleError, RuleErrors

MAX_NODES: Final = 100_000
MAX_DEPTH: Final = 64
_MOST_DIGITS: Final = 310  # with a sign
_INFINITE: Final = 1 << 1024
_HAS_DIGIT: Final = re.compile(r"[0-9]")


def _number(tag: str, text: str) -> Number | None:
    """A number of YAML; None if no event can have it, since it is infinite as a double."""
    if tag == "float":
        return exact_decimal(text)
    if text[:2] in ("0x", "0o"):
        number = int(text, 0)
    elif len(text) > _MOST_DIGITS:
        return None
    else:
        number = int(text)
    return number if abs(number) < _INFINITE else None


class _Loader(yaml.SafeLoader):
    """Scalars resolved by the core schema of YAML 1.2, booleans in lower case only."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]


for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+.0123456789",
    ),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first)
    )


class Node(msgspec.Struct):
    """A value and its place. Of a mapping, ``value`` is a list of (key node, value node)."""

    value: Any
    line: int
    column: int
    is_mapping: bool = False

    def at(self, *names: str) -> Node:
        """The value of the first of these fields that a mapping has; else the mapping."""
        found = {key.value: value for key, value in self.value} if self.is_mapping else {}
        return next((found[name] for name in names if name in found), self)

    def plain(self) -> Any:
        """The value as JSON has it, its places forgotten."""
        if self.is_mapping:
            return {key.value: value.plain() for key, value in self.value}
        if isinstance(self.value, list):
            return [one.plain() for one in self.value]
        return self.value

    @property
    def kind(self) -> str:
        """What was found, in the words of a message."""
        if self.is_mapping:
            return "a mapping"
        if isinstance(self.value, list):
            return "a list" if self.value else "an empty list"
        if self.value is None:
            return "nothing"
        if isinstance(self.value, bool):
            return f"the boolean {str(self.value).lower()}"
        if isinstance(self.value, str):
            return f"the text {self.value[:60]!r}"
        return f"the number {self.value}"


class FlawedDocument(RuleErrors):
    """YAML with keys or values that are not allowed; the ``document`` lacks them."""

    def __init__(self, errors: list[RuleError], document: Node) -> None:
        super().__init__(errors)
        self.document = document


def read_document(path: Path) -> Node:
    """The root of a YAML file.

    Raises RuleErrors where the file cannot be read or is not YAML, FlawedDocument as below.
    """
    name = str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RuleErrors([RuleError(name, 1, 1, f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError as error:
        message = f"is not UTF-8: byte {error.start}; save the file as UTF-8"
        raise RuleErrors([RuleError(name, 1, 1, message)]) from None
    return parse_document(text, name)


def parse_document(text: str, name: str) -> Node:
    """The root of a YAML text; ``name`` stands for its file in errors.

    Raises RuleErrors where it is not YAML, FlawedDocument where a key or a value of it means
    nothing.
    """
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
    except yaml.YAMLError as error:
        raise RuleErrors([RuleError(name, *misread(error))]) from None
    finally:
        loader.dispose()
    if root is None:
        raise RuleErrors([RuleError(name, 1, 1, "the file is empty; begin with `version: 1`")])
    converter = _Converter(name)
    document = converter.convert(root, 1)
    if converter.errors:
        raise FlawedDocument(converter.errors, document)
    return document


class _Converter:
    """Converts the parser's nodes to `Node`; it follows aliases, but not endlessly."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._count = 0
        self.errors: list[RuleError] = []

    def convert(self, node: yaml.Node, depth: int) -> Node:
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        self._count += 1
        if depth > MAX_DEPTH or self._count > MAX_NODES:
            message = "nested too deeply, or an alias that contains itself"
            raise RuleErrors([RuleError(self._name, line, column, message)])
        if isinstance(node, yaml.MappingNode):
            return Node(self._pairs(node, depth), line, column, is_mapping=True)
        if isinstance(node, yaml.SequenceNode):
            return Node([self.convert(one, depth + 1) for one in node.value], line, column)
        return Node(self._scalar(node, line, column), line, column)

    def _pairs(self, node: yaml.MappingNode, depth: int) -> list[tuple[Node, Node]]:
        pairs = []
        seen: set[str] = set()
        for key_node, value_node in node.value:
            key = self.convert(key_node, depth + 1)
            if not isinstance(key.value, str):
                self._fail(key, f"a key must be a text, not {key.kind}; put it in quotes")
                continue
            value = self.convert(value_node, depth + 1)
            if key.value in seen:
                self._fail(key, f"`{key.value}` stands here twice")
                continue
            seen.add(key.value)
            pairs.append((key, value))
        return pairs

    def _scalar(self, node: Any, line: int, column: int) -> Any:
        tag = node.tag.removeprefix("tag:yaml.org,2002:")
        text: str = node.value
        if tag == "str":
            return text
        if tag == "null":
            return None
        if tag == "bool" and text in ("true", "false"):
            return text == "true"
        if tag in ("int", "float") and _HAS_DIGIT.search(text):
            number = _number(tag, text)
            if number is None:
                self._fail(Node(text, line, column), f"the number {text[:40]} is too large")
            return number
        self._fail(Node(text, line, column), f"{text!r} ({tag}) has no meaning here")
        return None

    def _fail(self, node: Node, message: str) -> None:
        """Note a problem and go on."""
        self.errors.append(RuleError(self._name, node.line, node.column, message))
