"""``welcome``: the contact is new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.did import Did
from streamseg.core.conditions.logic import All
from streamseg.core.conditions.since import Since
from streamseg.core.definitions import Episode, Rung
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
    doc="The contact's first qualifying event is at least so old, and the contact has never done "
    "what ends the welcome. Each rung of a ladder fires once in a contact's life.",
    parameters={
        "after": Field(
            Ladder(zero=True),
            "how long after the first event (0s); a ladder for a series",
            [("0s", 0)],
        ),
        "of": Field(EventTypes(), "event types of which the first makes a contact new (any)", None),
        "where": Field(WhereKind(), "what the data of such an event must be"),
        "until": Field(
            EventTypes(), "event types that end the welcome (order_placed)", ("order_placed",)
        ),
    },
    expand=_expand,
    context=("first.type", "first.time"),
    example="{after: [0s, 2d, 5d], of: contact_updated, where: {newsletter: true}}",
)
