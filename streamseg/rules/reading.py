"""The base of all kinds of values in a rule file, and the scope in which they are read."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from streamseg.rules.document import Node
from streamseg.rules.problems import RuleError
from streamseg.rules.value.terms import Value

JsonSchema = dict[str, Any]
# Texts that YAML takes for nothing else.
_PLAIN: Final = re.compile(r"(?!(true|false|null|Null|NULL|~)$)([A-Za-z_][\w.-]*|\d+(ms|[smhdw%]))")


class Bad(Exception):
    """A value could not be read; the reason is already among the problems."""


class Scope(msgspec.Struct):
    """The context in which a value is read: the file, the problems so far, and the segment.

    ``per`` is the key's field of ``segment``, which is being read; ``segments`` are the names of
    all, ``instant_segments`` of those with ``on:``. ``references`` collects which segment asks
    about which, and where; ``alerted`` the names of segments with an alert, and what the alert
    counts. ``value`` has the file's settings of orders and labels; ``policies`` are those of the
    file, once they are read. ``is_confined``: the rules may name only files beside them.
    """

    file: str
    errors: list[RuleError]
    per: str | None = None
    segments: tuple[str, ...] = ()
    instant_segments: frozenset[str] = frozenset()
    segment: str = ""
    references: list[tuple[str, str, Node]] = []
    alerted: list[tuple[Node, str]] = []
    value: Value = msgspec.field(default_factory=Value)
    policies: Any = None
    is_confined: bool = False

    def report(self, node: Node, message: str) -> None:
        """Note a problem and go on."""
        self.errors.append(RuleError(self.file, node.line, node.column, message))

    def fail(self, node: Node, message: str) -> Bad:
        """Note a problem; the caller raises the returned exception."""
        self.report(node, message)
        return Bad()

    def lack(self, node: Node, message: str) -> Bad:
        """Note that ``value`` lacks what is asked for, unless ``value`` could not be read: then its
        problems are reported already.
        """
        return Bad() if self.value.is_bad else self.fail(node, message)


class Kind(ABC):
    """A kind of value; ``sample`` is one as written."""

    sample = "…"

    @abstractmethod
    def read(self, node: Node, scope: Scope) -> Any:
        """The value. Raises Bad once what is wrong has been reported."""

    @abstractmethod
    def schema(self) -> JsonSchema:
        """The JSON Schema of the value as written."""

    def normal(self, value: Any) -> Any:
        """The value in a normal form, which is equal if the meaning is equal."""
        return value

    def written(self, value: Any) -> str:
        """A value that was read, as a rule file has it."""
        return flow(value)


def flow(value: Any) -> str:
    """A plain value as YAML in one line."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{flow(name)}: {flow(one)}' for name, one in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(flow(one) for one in value)}]"
    return str(value)


def read_all(nodes: Sequence[Node], kind: Kind, scope: Scope) -> list[Any]:
    """All values of a list; every bad one is reported before Bad is raised."""
    values = []
    bad = False
    for node in nodes:
        try:
            values.append(kind.read(node, scope))
        except Bad:
            bad = True
    if bad:
        raise Bad
    return values
