"""Lists what a rule file uses, with places: event types, fields, attributes, comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final, Literal, NamedTuple

import msgspec

from streamseg.core.values.predicates import OPERATORS
from streamseg.core.vocabulary import (
    CONTACT_SHAPES,
    IDENTIFIER,
    ITEM,
    NAME,
    NOT_NEGATIVE,
    NUMBER,
    TEXT,
    Shape,
)
from streamseg.rules.comparisons import WhereKind
from streamseg.rules.conditions.rfm import SCORES
from streamseg.rules.document import Node
from streamseg.rules.kinds import EventTypes
from streamseg.rules.labels import RFM
from streamseg.rules.templates.base import templates

Types = tuple[str, ...]
ValueKind = Literal["number", "whole", "text", ""]
ANY: Final = "any"
_KINDS: Final[Mapping[int, ValueKind]] = {
    NUMBER: "number",
    NOT_NEGATIVE: "number",
    TEXT: "text",
    NAME: "text",
    IDENTIFIER: "text",
}


class FieldUse(NamedTuple):
    """A field of the data of events of some types (``any`` among them for any activity)."""

    types: Types
    path: str
    node: Node


class Compared(NamedTuple):
    """A value that is compared. ``subject`` is equal where the value is the same one.

    ``kind`` tells what the value is where that is known.
    """

    subject: tuple[object, ...]
    name: str
    node: Node
    operands: Mapping[str, Node]
    kind: ValueKind = ""


class Uses(msgspec.Struct):
    """What stands in one segment, in the order of the file."""

    name: str
    node: Node
    fields: dict[str, Node]
    types: list[tuple[str, Node]] = []
    data: list[FieldUse] = []
    items: list[FieldUse] = []
    attributes: list[tuple[str, Node]] = []
    compared: list[Compared] = []
    asks: list[str] = []
    leaves: list[Node] = []


def uses_of(root: Node) -> list[Uses]:
    """What each segment of a rule file uses; the file must have been read without an error."""
    return [_of_segment(one) for one in root.at("segments").value]


def fields_of(node: Node) -> dict[str, Node]:
    """The fields of a mapping."""
    return {key.value: value for key, value in node.value} if node.is_mapping else {}


def listed(node: Node) -> list[Node]:
    """The nodes of a list, or the one that stands for it."""
    return node.value if isinstance(node.value, list) and not node.is_mapping else [node]


def known_fields(types: Iterable[str]) -> dict[str, int]:
    """The fields known of events of some types, with their kinds."""
    known: dict[str, int] = {}
    for one in types:
        for shape in CONTACT_SHAPES.values() if one == ANY else [_shape(one)]:
            known |= shape.kinds
    return known


def _shape(event_type: str) -> Shape:
    return CONTACT_SHAPES.get(event_type) or Shape({})


def _of_segment(node: Node) -> Uses:
    fields = fields_of(node)
    uses = Uses(str(fields["name"].value), node, fields)
    if "on" in fields:
        types = _types(uses, fields["on"])
        if "where" in fields:
            _where(uses, types, fields["where"])
    if "use" in fields and "with" in fields:
        _parameters(uses, str(fields["use"].value), fields_of(fields["with"]))
    if "when" in fields:
        _condition(uses, fields["when"])
    trigger = fields_of(fields["trigger"]) if "trigger" in fields else {}
    for path in listed(trigger["context"]) if "context" in trigger else ():
        root, _, rest = path.value.partition(".")
        if root == "attributes" and rest:
            uses.attributes.append((rest, path))
        elif "on" in fields and path.value.startswith("event.data."):
            field = path.value.removeprefix("event.data.")
            uses.data.append(FieldUse((str(fields["on"].value),), field, path))
    return uses


def _parameters(uses: Uses, template: str, given: Mapping[str, Node]) -> None:
    types: Types = (ANY,)
    for name, field in templates()[template].parameters.items():
        if name in given and isinstance(field.kind, EventTypes):
            named = _types(uses, given[name])
            types = named if name == "of" else types
    for name, field in templates()[template].parameters.items():
        if name in given and isinstance(field.kind, WhereKind):
            _where(uses, types, given[name])


def _condition(uses: Uses, node: Node) -> None:
    fields = fields_of(node)
    for word in ("all", "any"):
        for part in fields[word].value if word in fields else ():
            _condition(uses, part)
    if "not" in fields:
        _condition(uses, fields["not"])
    if not {"all", "any", "not"} & fields.keys():
        uses.leaves.append(node)
        _leaf(uses, fields)


def _leaf(uses: Uses, fields: Mapping[str, Node]) -> None:
    for word in ("did", "idle", "over"):
        if word in fields:
            types = _types(uses, fields[word])
            if "where" in fields:
                _where(uses, types, fields["where"])
            if "of" in fields:
                uses.data.append(FieldUse(types, str(fields["of"].value), fields["of"]))
    for word in ("followed", "not_followed"):
        for name in ("first", "by") if word in fields else ():
            _types(uses, fields[word].at(name))
    if "in_segment" in fields:
        uses.asks.append(str(fields["in_segment"].value))
    if "attribute" in fields:
        path = str(fields["attribute"].value)
        uses.attributes.append((path, fields["attribute"]))
    uses.compared += comparisons_in(fields)
    if "cart" in fields and "contains" in fields_of(fields["cart"]):
        _item(uses, fields["cart"].at("contains"))


def comparisons_in(fields: Mapping[str, Node]) -> Iterator[Compared]:
    """What a condition compares, but for the fields of events."""
    if "attribute" in fields:
        path = str(fields["attribute"].value)
        yield Compared(("attribute", path), path, fields["attribute"], _operators(fields))
        if "age" in fields:
            age, name = fields["age"], f"the age by {path}"
            yield Compared(("age", path), name, age, fields_of(age), "whole")
    yield from scores_in(fields)
    if "aggregate" in fields:
        figure = fields["aggregate"]
        kind: ValueKind = "whole" if figure.value == "distinct" else "number"
        asked = (str(figure.value), *(str(_plain(fields, one)) for one in _OF_FIGURE))
        yield Compared(("aggregate", asked), str(figure.value), figure, _operators(fields), kind)
    if "cart" in fields:
        parts = fields_of(fields["cart"])
        for name in ("items", "total"):
            if name in parts:
                kind = "whole" if name == "items" else "number"
                operands = fields_of(parts[name])
                yield Compared(("cart", name), f"the cart's {name}", parts[name], operands, kind)
    if "product" in fields:
        for name, fact in fields_of(fields["product"]).items():
            if name == "price_drop":
                yield _drop(fact)
                continue
            kind = "number" if name in ("stock", "price") else "text"
            operands = _operands(fact)
            yield Compared(("product", name), f"the {name}", fact, operands, kind)


def scores_in(fields: Mapping[str, Node]) -> Iterator[Compared]:
    """The scores of RFM that a condition compares."""
    asked = fields_of(fields["rfm"]) if "rfm" in fields else {}
    of = str(_plain(asked, "of") or "").removeprefix(RFM)
    for name in SCORES:
        if name in asked:
            what = f"the {name} of {of}" if of else f"the {name}"
            yield Compared(("rfm", of, name), what, asked[name], fields_of(asked[name]), "whole")


def _drop(node: Node) -> Compared:
    """By how much a price must have fallen, in percent."""
    fields = fields_of(node)
    shares = {
        name: Node(Decimal(str(share.value).removesuffix("%")), share.line, share.column)
        for name, share in _operators(fields).items()
    }
    origin = _plain(fields, "from") or "seen"
    return Compared(("product", origin, "price_drop"), "the price drop", node, shares, "number")


_OF_FIGURE: Final = ("of", "over", "where", "within")


def _plain(fields: Mapping[str, Node], name: str) -> object:
    return fields[name].plain() if name in fields else None


def _types(uses: Uses, node: Node) -> Types:
    named = listed(node)
    uses.types += [(str(one.value), one) for one in named]
    return tuple(str(one.value) for one in named)


def _where(uses: Uses, types: Types, node: Node) -> None:
    known = known_fields(types)
    for key, value in node.value:
        path = str(key.value)
        if types == ("contact_updated",):
            uses.attributes.append((path, key))
        else:
            uses.data.append(FieldUse(types, path, key))
        kind = _KINDS.get(known.get(path, -1), "")
        subject = ("field", types, str(node.plain()), path)
        uses.compared.append(Compared(subject, path, key, _operands(value), kind))


def _item(uses: Uses, node: Node) -> None:
    for key, value in node.value:
        path = str(key.value)
        uses.items.append(FieldUse((), path, key))
        kind = _KINDS.get(ITEM.kinds.get(path, -1), "")
        subject = ("item", str(node.plain()), path)
        uses.compared.append(Compared(subject, path, key, _operands(value), kind))


def _operators(fields: Mapping[str, Node]) -> dict[str, Node]:
    return {name: fields[name] for name in OPERATORS if name in fields}


def _operands(node: Node) -> dict[str, Node]:
    """Operators with their operands; a value alone is what it must be equal to."""
    return _operators(fields_of(node)) if node.is_mapping else {"eq": node}
