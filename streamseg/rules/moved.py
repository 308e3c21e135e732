"""The templates of moves: one for each kind of label, and one for any label."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from streamseg.core.conditions.moved import DOWN, UP, Moved
from streamseg.core.labels.base import Label
from streamseg.core.segments.definitions import Episode, Rung
from streamseg.rules.document import Node
from streamseg.rules.kinds import Choice, Duration
from streamseg.rules.labels import (
    ANY_NAME,
    NO_NAME,
    LabelKind,
    LabelNames,
    check_names,
    places_of,
)
from streamseg.rules.reading import Kind, Scope
from streamseg.rules.records import Field, Fields
from streamseg.rules.templates.base import Expansion, Template

FIGURES: Final = {
    "rfm": (
        "rfm.segment",
        "rfm.recency",
        "rfm.frequency",
        "rfm.monetary",
        "rfm.value",
        "rfm.last",
        "rfm.count",
        "rfm.spent",
    ),
    "lifecycle": (
        "lifecycle.stage",
        "lifecycle.first",
        "lifecycle.last",
        "lifecycle.orders",
        "lifecycle.spent",
    ),
    "tier": ("tier.name", "tier.spent", "tier.orders"),
}


def _check(values: Mapping[str, Any], node: Node, scope: Scope) -> None:
    for name in ("from", "to"):
        check_names(values[name], values["of"], node.at(name), scope, (NO_NAME, ANY_NAME))


def _expand(values: Mapping[str, Any]) -> Expansion:
    label: Label = values["of"]
    old, to = places_of(values["from"], label), places_of(values["to"], label)
    moved = Moved(label, old, to, values["direction"], values["settle"])
    episode = Episode(
        anchor=moved.anchor,
        context=moved.context,
        earlier=moved.earlier,
        is_silent=moved.is_silent,
    )
    return Expansion([Rung(None, moved)], episode)


def moves_template(
    name: str,
    doc: str,
    example: str,
    figures: tuple[str, ...],
    kind: Kind | None = None,
    absent: Callable[[Node, Scope], Any] | None = None,
    value: str | None = None,
) -> Template:
    """The template of the moves of a label: the label that ``of`` names, or by default that of
    ``absent``.
    """
    parameters: Fields = {
        "of": Field(
            kind or LabelKind(),
            "the label: `lifecycle`, `tier` or `rfm.NAME`"
            if absent is None
            else "the label (default: the only one of its kind)",
            required=absent is None,
            absent=absent,
        ),
        "to": Field(
            LabelNames("any"),
            "the names that the label changed to; `none` stands for no name, `any` for every name "
            "and none",
            [ANY_NAME],
        ),
        "from": Field(LabelNames("any"), "the names that it changed from", [ANY_NAME]),
        "direction": Field(
            Choice(UP, DOWN),
            "only moves `up`, or only moves `down`, in the order of the label's names",
        ),
        "settle": Field(
            Duration(zero=True), "how long the label must have kept its new name (default 0s)", 0
        ),
    }
    return Template(
        name=name,
        doc=doc,
        parameters=parameters,
        expand=_expand,
        check=_check,
        context=("from", "to", *figures),
        example=example,
        value=value,
    )
