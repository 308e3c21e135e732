"""``welcome``: the contact is new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.did import Did
from streamseg.core.conditions.logic import All
from streamseg.core.conditions.since import Since
from streamseg.core.segments.definitions import Episode, Rung
from streamseg.rules.comparisons import WhereKind
from streamseg.rules.kinds import EventTypes, Ladder
from streamseg.rules.records import Field
from streamseg.rules.templates.base import Expansion, Template


def _expand(values: Mapping[str, Any]) -> Expansion:
    since = [Since(values["of"], values["where"], after) for _, after in values["after"]]
    until = Did(values["until"], None, 0, 0, None)
    rungs = [
        Rung(label, All([one, until]))
        for (label, _), one in zip(values["after"], since, strict=True)
    ]
    return Expansion(rungs, Episode(context=since[0].context, once=True))


TEMPLATE = Template(
    name="welcome",
    doc="The contact's first event that counts is at least `after` old, and the contact has never "
    "had an event of `until`. Each rung of a ladder fires once for a contact.",
    parameters={
        "after": Field(
            Ladder(zero=True),
            "how old the first event must be (default 0s); a ladder sends a series",
            [("0s", 0)],
        ),
        "of": Field(
            EventTypes(),
            "event types that count: the first such event makes a contact new (default: any "
            "activity)",
            None,
        ),
        "where": Field(WhereKind(), "condition on the data of an event of `of`"),
        "until": Field(
            EventTypes(),
            "event types that end the welcome (default `order_placed`)",
            ("order_placed",),
        ),
    },
    expand=_expand,
    context=("first.type", "first.time"),
    example="{after: [0s, 2d, 5d], of: contact_updated, where: {newsletter: true}}",
)
