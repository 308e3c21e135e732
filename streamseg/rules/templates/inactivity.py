"""``inactivity``: the contact has fallen silent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.idle import Idle
from streamseg.core.definitions import Episode, Rung
from streamseg.core.zones import DAY_MS
from streamseg.rules.kinds import EventTypes, Ladder
from streamseg.rules.records import Field
from streamseg.rules.templates.base import Expansion, Template


def _expand(values: Mapping[str, Any]) -> Expansion:
    rungs = [Rung(label, Idle(values["of"], None, after)) for label, after in values["after"]]
    first = rungs[0].condition
    assert isinstance(first, Idle)
    episode = Episode(anchor=first.since, context=first.context)
    return Expansion(rungs, episode)


TEMPLATE = Template(
    name="inactivity",
    doc="The last qualifying event is at least so old. Contacts with none never enter; each rung "
    "fires once in a silence, which the next qualifying event ends.",
    parameters={
        "after": Field(Ladder(), "how long silent; a ladder for steps", [("30d", 30 * DAY_MS)]),
        "of": Field(EventTypes(), "event types that count (any activity)", None),
    },
    expand=_expand,
    context=("last.type", "last.time"),
    example="{after: [30d, 60d, 90d]}",
)
