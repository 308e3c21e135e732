"""The dispatch of an event type: features to update, keys to touch, instant rules to fire."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from streamseg.core.features.base import Feature
from streamseg.core.segments.dependency_index import Dependents
from streamseg.core.segments.key_groups import KeyGroup
from streamseg.core.segments.segment import Segment
from streamseg.core.values.predicates import Where
from streamseg.core.vocabulary import is_activity


class Update(NamedTuple):
    """A feature to update where the event's data passes ``where``, its column and dependents."""

    feature: Feature
    column: int
    dependents: Dependents
    where: Where | None


class KeyUpdates(NamedTuple):
    """The features of a key group that an event type may update, each with its column and test.

    ``on``: where the segments are instant rules on this type, the test of the data.
    """

    key_group: KeyGroup
    updates: tuple[tuple[Feature, int, Where | None], ...]
    on: Callable[[dict[str, Any]], bool] | None


class Dispatch:
    """What to do for an event type.

    ``updates_by_text``: the updates that need a certain text in a field, by field and text; their
    tests do not test it again. (With the 100 rules of `bench.core` an event took 10 % longer
    without them.) ``instant_rules``: the instant rules to fire.
    """

    __slots__ = ("instant_rules", "key_updates", "updates", "updates_by_text")

    @property
    def is_asked_for(self) -> bool:
        """Whether anything asks for events of this type."""
        return bool(self.updates or self.updates_by_text or self.key_updates or self.instant_rules)

    def __init__(
        self,
        updates: tuple[Update, ...],
        updates_by_text: tuple[tuple[str, dict[str, tuple[Update, ...]]], ...],
        key_updates: tuple[KeyUpdates, ...],
        instant_rules: tuple[Segment, ...],
    ) -> None:
        self.updates = updates
        self.updates_by_text = updates_by_text
        self.key_updates = key_updates
        self.instant_rules = instant_rules


UpdatesByText = dict[str, dict[str, tuple[Update, ...]]]


def dispatch_for(
    event_type: str,
    dependents: Sequence[tuple[Feature, Dependents]],
    key_groups: Sequence[KeyGroup],
    segments: Sequence[Segment],
) -> Dispatch:
    """The dispatch of an event type; ``dependents`` has the contact's features by column."""
    activity = is_activity(event_type)

    def concerns(feature: Feature) -> bool:
        if feature.types is None:
            return activity or event_type in feature.besides
        return event_type in feature.types

    updates: list[Update] = []
    updates_by_text: UpdatesByText = {}
    for column, (feature, affected) in enumerate(dependents):
        if concerns(feature):
            _add_step(Update(feature, column, affected, feature.where), updates, updates_by_text)
    key_updates = []
    for key_group in key_groups:
        on = key_group.on
        asked = (on[1] or _always) if on is not None and on[0] == event_type else None
        touched = tuple(
            (feature, column, feature.where)
            for column, feature in enumerate(key_group.columns.features)
            if concerns(feature)
        )
        if touched or asked:
            key_updates.append(KeyUpdates(key_group, touched, asked))
    fired = tuple(segment for segment in segments if _is_on(segment, event_type))
    return Dispatch(tuple(updates), tuple(updates_by_text.items()), tuple(key_updates), fired)


def _add_step(step: Update, updates: list[Update], updates_by_text: UpdatesByText) -> None:
    """Add an update to those that need a text in a field, or else to those of every event."""
    choice = None if step.where is None else step.where.choice()
    if choice is None:
        updates.append(step)
        return
    field, texts, rest = choice
    by_text = updates_by_text.setdefault(field, {})
    for text in dict.fromkeys(texts):
        by_text[text] = (*by_text.get(text, ()), step._replace(where=rest))


def _is_on(segment: Segment, event_type: str) -> bool:
    on = segment.definition.on
    return on is not None and on[0] == event_type


def _always(data: dict[str, Any]) -> bool:
    return True
