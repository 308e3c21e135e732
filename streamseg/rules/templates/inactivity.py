"""``inactivity``: the contact has fallen silent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.idle import Idle
from streamseg.core.segments.definitions import Episode, Rung
from streamseg.core.values.zones import DAY_MS
from streamseg.rules.kinds import EventTypes, Ladder
from streamseg.rules.records import Field
from streamseg.rules.templates.base import Expansion, Template


def _expand(values: Mapping[str, Any]) -> Expansion:
    rungs = [Rung(label, Idle(values["of"], None, after)) for label, after in values["after"]]
    first = rungs[0].condition
    assert isinstance(first, Idle)
    episode = Episode(anchor=first.last_at, context=first.context)
    return Expansion(rungs, episode)


TEMPLATE = Template(
    name="inactivity",
    doc="The contact's last event that counts is at least `after` old. A contact without such an "
    "event never enters. Each rung fires once in a silence; the next event that counts ends the "
    "silence.",
    parameters={
        "after": Field(
            Ladder(),
            "how old the last event must be (default 30d); a ladder makes several steps",
            [("30d", 30 * DAY_MS)],
        ),
        "of": Field(EventTypes(), "event types that count (default: any activity)", None),
    },
    expand=_expand,
    context=("last.type", "last.time"),
    example="{after: [30d, 60d, 90d]}",
)
