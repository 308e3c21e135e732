"""Labels as conditions and templates name them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from streamseg.core.labels.base import NONE, Label
from streamseg.core.labels.rfm import Rfm
from streamseg.rules.document import Node
from streamseg.rules.kinds import ListOf, Text
from streamseg.rules.problems import one_of
from streamseg.rules.reading import JsonSchema, Kind, Scope, flow

RFM: Final = "rfm."
ANY_NAME: Final = "any"
NO_NAME: Final = "none"
_MEANINGS: Final = {ANY_NAME: "whatever it is", NO_NAME: "that there is no name"}
_MISSING: Final = "there is none: say under `value:` what it is made of"


def label_of(name: str, node: Node, scope: Scope) -> Label:
    """A label by its name. If the file has no such label, reports that and raises Bad."""
    label = scope.value.labels.get(name)
    if label is None:
        known = list(scope.value.labels)
        what = _MISSING if name == "tier" or not name else one_of(name, known)
        raise scope.lack(node, f"no label `{name}`; {what}")
    return label


def only_rfm(node: Node, scope: Scope) -> Rfm:
    """The file's one RFM. Raises Bad where it has none, or several."""
    found = [one for one in scope.value.labels.values() if isinstance(one, Rfm)]
    if len(found) != 1:
        names = ", ".join(one.name.removeprefix(RFM) for one in found)
        what = f"say with `of` which one: {names}" if found else f"no RFM; {_MISSING}"
        raise scope.lack(node, what)
    return found[0]


class LabelKind(Kind):
    """The name of a label; read as it."""

    sample = "lifecycle"

    def read(self, node: Node, scope: Scope) -> Label:
        if not isinstance(node.value, str):
            raise scope.fail(node, f"must be a label such as {self.sample}, not {node.kind}")
        return label_of(node.value, node, scope)

    def schema(self) -> JsonSchema:
        return {"type": "string", "minLength": 1}

    def normal(self, value: Any) -> Any:
        return value.text


class RfmNameKind(Kind):
    """The name of an RFM of the file; read as its label."""

    sample = "buyers"

    def read(self, node: Node, scope: Scope) -> Label:
        if not isinstance(node.value, str):
            raise scope.fail(node, f"must be the name of an RFM, not {node.kind}")
        name = node.value.removeprefix(RFM)
        label = scope.value.labels.get(RFM + name)
        if label is None:
            known = [one.removeprefix(RFM) for one in scope.value.labels if one.startswith(RFM)]
            allowed = one_of(name, known) if known else _MISSING
            raise scope.lack(node, f"no RFM {name!r}; {allowed}")
        return label

    def schema(self) -> JsonSchema:
        return {"type": "string", "minLength": 1}

    def normal(self, value: Any) -> Any:
        return value.text


class LabelNames(Kind):
    """A name, or several; `check_names` checks them once the label is known."""

    _names = ListOf(Text("a name"), or_one=True)

    def __init__(self, sample: str) -> None:
        self.sample = sample

    def read(self, node: Node, scope: Scope) -> list[str]:
        return list(self._names.read(node, scope))

    def schema(self) -> JsonSchema:
        return self._names.schema()

    def written(self, value: Any) -> str:
        return flow(value[0] if len(value) == 1 else value)


class NamesOf(Kind):
    """A name that a label has, or several; read as the label and its names."""

    def __init__(self, label: str, sample: str) -> None:
        self._label = label
        self._names = LabelNames(sample)
        self.sample = sample

    def read(self, node: Node, scope: Scope) -> tuple[Label, list[str]]:
        label = label_of(self._label, node, scope)
        names = self._names.read(node, scope)
        check_names(names, label, node, scope)
        return label, names

    def schema(self) -> JsonSchema:
        return self._names.schema()

    def normal(self, value: Any) -> Any:
        return [value[0].text, value[1]]


def check_names(
    names: list[str], label: Label, node: Node, scope: Scope, others: tuple[str, ...] = ()
) -> None:
    """Report a name that a label never has. Raises Bad."""
    known = [*label.names, *others]
    for name in names:
        if name not in known:
            raise scope.fail(node, f"{label.name} is never {name!r}; {one_of(name, known)}")


# What a schema says of the names that `check_own_names` looks at.
OWN_NAMES: Final[JsonSchema] = {"not": {"enum": list(_MEANINGS)}}


def check_own_names(node: Node, scope: Scope) -> None:
    """Report a key of a mapping of the shop's own names that has another meaning in `to` and `from`
    of moves. Raises Bad.
    """
    for key, _ in node.value if node.is_mapping else ():
        if key.value in _MEANINGS:
            meaning = _MEANINGS[key.value]
            message = f"the name `{key.value}` is reserved: in moves it means {meaning}"
            raise scope.fail(key, f"{message}; choose another name")


def places_of(names: list[str], label: Label) -> frozenset[int]:
    """The positions of names among a label's names; ``any`` stands for all and for none."""
    places = {name: place for place, name in enumerate(label.names)}
    if ANY_NAME in names:
        return frozenset({NONE, *places.values()})
    return frozenset(places.get(name, NONE) for name in names)


def fixed_label(name: str) -> Callable[[Node, Scope], Label]:
    """The default of a field for a label: the label of a name."""
    return lambda node, scope: label_of(name, node, scope)
