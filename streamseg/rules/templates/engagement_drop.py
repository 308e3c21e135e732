"""``engagement_drop``: the contact no longer opens or clicks what is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.did_since import DidSince
from streamseg.core.conditions.idle import Idle
from streamseg.core.conditions.logic import All
from streamseg.core.segments.definitions import Episode, Rung
from streamseg.core.values.predicates import Comparison, Where
from streamseg.core.values.zones import DAY_MS
from streamseg.rules.kinds import Choice, Integer, Ladder, ListOf, Text
from streamseg.rules.records import Field
from streamseg.rules.templates.base import Expansion, Template


def _expand(values: Mapping[str, Any]) -> Expansion:
    engaged = tuple(sorted({f"message_{way}" for way in values["by"]}))
    channel = values["channel"]
    where = None if channel is None else Where({"channel": Comparison({"eq": channel})})
    sent = DidSince(("message_sent",), engaged, where, values["sent"])
    silences = [Idle(engaged, where, after) for _, after in values["after"]]
    rungs = [
        Rung(label, All([silence, sent]))
        for (label, _), silence in zip(values["after"], silences, strict=True)
    ]
    return Expansion(rungs, Episode(anchor=silences[0].last_at, context=silences[0].context))


TEMPLATE = Template(
    name="engagement_drop",
    doc="The contact's last open or click is at least `after` old, and at least `sent` messages "
    "have been sent since. A contact that never opened or clicked never enters. Each rung fires "
    "once in a silence; the next open or click ends the silence.",
    parameters={
        "after": Field(
            Ladder(),
            "how long without an open or click (default 60d); a ladder makes several steps",
            [("60d", 60 * DAY_MS)],
        ),
        "by": Field(
            ListOf(Choice("opened", "clicked"), or_one=True),
            "which events count as engagement",
            ["opened", "clicked"],
        ),
        "sent": Field(
            Integer(1, 1000),
            "how many messages must have been sent since the last open or click (default 3)",
            3,
        ),
        "channel": Field(Text(), "count only messages of this channel (default: all)"),
    },
    expand=_expand,
    context=("last.type", "last.time"),
    example="{after: [30d, 90d], by: clicked, sent: 5, channel: email}",
)
