"""What there is to do for an event of a type: features to update, keys to touch, rules to fire."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from streamseg.core.bars import Bars
from streamseg.core.features.base import Feature
from streamseg.core.predicates import Where
from streamseg.core.segments import Segment
from streamseg.core.tables import Table
from streamseg.core.vocabulary import is_activity
from streamseg.core.watching import Watch


class Step(NamedTuple):
    """A feature to update where the event's data passes a test, its place, and whom it concerns."""

    feature: Feature
    place: int
    watch: Watch
    where: Where | None


class KeyedSteps(NamedTuple):
    """The features of a table's keys that an event type may touch, each with its place and test.

    ``on`` is the test of the data where the segments are instant rules on this type.
    """

    table: Table
    steps: tuple[tuple[Feature, int, Where | None], ...]
    on: Callable[[dict[str, Any]], bool] | None


class Plan:
    """What there is to do for an event type.

    ``may_bar``: it may change what bars segments, or a cart's total.
    ``choices`` are steps for those events only whose data has a text in a field, by that text; it
    is not tested again.
    """

    __slots__ = ("choices", "instant", "keyed", "may_bar", "steps")

    def __init__(
        self,
        may_bar: bool,
        steps: tuple[Step, ...],
        choices: tuple[tuple[str, dict[str, tuple[Step, ...]]], ...],
        keyed: tuple[KeyedSteps, ...],
        instant: tuple[Segment, ...],
    ) -> None:
        self.may_bar = may_bar
        self.steps = steps
        self.choices = choices
        self.keyed = keyed
        self.instant = instant


Choices = dict[str, dict[str, tuple[Step, ...]]]


def plan_for(
    event_type: str,
    watches: Sequence[tuple[Feature, Watch]],
    bars: Bars,
    tables: Sequence[Table],
    segments: Sequence[Segment],
) -> Plan:
    """The plan of an event type; ``watches`` has the contact's features in their places."""
    activity = is_activity(event_type)

    def concerns(feature: Feature) -> bool:
        if feature.types is None:
            return activity or event_type in feature.besides
        return event_type in feature.types

    may_bar = False
    steps: list[Step] = []
    choices: Choices = {}
    for place, (feature, watch) in enumerate(watches):
        if concerns(feature):
            may_bar |= bars.has(place) or feature.has_total
            _add_step(Step(feature, place, watch, feature.where), steps, choices)
    keyed = []
    for table in tables:
        on = table.on
        asked = (on[1] or _always) if on is not None and on[0] == event_type else None
        touched = tuple(
            (feature, place, feature.where)
            for place, feature in enumerate(table.places.features)
            if concerns(feature)
        )
        if touched or asked:
            keyed.append(KeyedSteps(table, touched, asked))
    instant = tuple(segment for segment in segments if _is_on(segment, event_type))
    return Plan(may_bar, tuple(steps), tuple(choices.items()), tuple(keyed), instant)


def _add_step(step: Step, steps: list[Step], choices: Choices) -> None:
    """Put a step among those of some texts in a field only, or of all events."""
    choice = None if step.where is None else step.where.choice()
    if choice is None:
        steps.append(step)
        return
    field, texts, rest = choice
    by_text = choices.setdefault(field, {})
    for text in dict.fromkeys(texts):
        by_text[text] = (*by_text.get(text, ()), step._replace(where=rest))


def _is_on(segment: Segment, event_type: str) -> bool:
    on = segment.definition.on
    return on is not None and on[0] == event_type


def _always(data: dict[str, Any]) -> bool:
    return True
