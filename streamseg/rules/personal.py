"""Lists the fields of events and attributes of contacts that rules read, and the segments that read
them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from streamseg.core.conditions.base import Condition
from streamseg.core.conditions.context_only import ContextOnly
from streamseg.core.conditions.in_segment import InSegment
from streamseg.core.conditions.logic import All
from streamseg.core.conditions.moved import Moved
from streamseg.core.conditions.predicted import Predicted
from streamseg.core.features.base import Feature
from streamseg.core.labels.rfm import Rfm
from streamseg.core.segments.key_groups import Columns
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.segments.segment import Segment

ATTRIBUTES: Final = "attributes."
_DATA: Final = "event.data."
PROTECT: Final = "identity: protect"  # stands among the segments' names
KPIS: Final = "value: kpis"
MOST_VIEWED: Final = "value: most_viewed"


class Read(msgspec.Struct, frozen=True):
    """A field of events, or an attribute (``attributes.PATH``): the segments that decide something
    by it, and those that only send it along in a context.
    """

    path: str
    needed_by: list[str]
    sent_by: list[str]


def read_by(rules: RuleSet) -> list[Read]:
    """All that a rule set reads, by path, including known fields of known events."""
    needed: dict[str, list[str]] = {}
    sent: dict[str, list[str]] = {}

    def note(where: dict[str, list[str]], paths: Iterable[str], name: str) -> None:
        for path in paths:
            names = where.setdefault(path, [])
            if name not in names:
                names.append(name)

    for segment in rules.segments:
        for feature in _features_of(rules, segment):
            note(needed, feature.reads(), segment.name)
        note(needed, _of_definition(segment), segment.name)
        note(sent, _sent_by(segment), segment.name)
    for column in rules.protect_columns:
        note(needed, rules.contact.features[column].reads(), PROTECT)
    if rules.exposures is not None:
        note(needed, rules.exposures.reads(), KPIS)
    if rules.viewing is not None:
        note(needed, ["product"], MOST_VIEWED)
    paths = sorted({*needed, *sent}, key=_attributes_last)
    return [Read(path, needed.get(path, []), sent.get(path, [])) for path in paths]


def only_sent(read: Iterable[Read]) -> list[Read]:
    """The attributes that are remembered only to be sent along in a context."""
    return [one for one in read if one.path.startswith(ATTRIBUTES) and not one.needed_by]


def read_lines(read: Iterable[Read]) -> list[str]:
    """The list for people, a line each."""
    lines = []
    for one in read:
        if one.needed_by:
            line = f"  - {one.path}: for {', '.join(one.needed_by)}"
            also = [name for name in one.sent_by if name not in one.needed_by]
            line += f"; sent along by {', '.join(also)}" if also else ""
        else:
            line = f"  - {one.path}: sent along by {', '.join(one.sent_by)}, and else for nothing"
        lines.append(line)
    return lines


class _Noted:
    """Columns of a rule set; notes the features that are asked for."""

    def __init__(self, columns: Columns) -> None:
        self.features: list[Feature] = []
        self._columns = columns

    def column(self, feature: Feature) -> int:
        self.features.append(feature)
        return self._columns.known(feature)

    def feature(self, column: int) -> Feature:
        return self._columns.feature(column)

    def refer(self, condition: InSegment) -> None:
        pass

    def keep_moves(self, condition: Moved) -> None:
        pass

    def follow_up(self, predicted: Predicted) -> None:
        pass

    def read_as_date(self, path: str) -> None:
        pass

    def use_table(self, label: Rfm) -> None:
        pass


def _features_of(rules: RuleSet, segment: Segment) -> list[Feature]:
    """What must be remembered for a segment to be decided, and for its policy."""
    noted = _Noted(rules.contact)
    of_keys = None if segment.per is None else _Noted(rules.key_groups[segment.key_group].columns)
    for rung in segment.rungs:
        for part in _deciding(rung.condition):
            part.bind(noted, of_keys)
    of_policy = [] if segment.policy is None else segment.policy.columns
    policed = [rules.contact.features[column] for column in of_policy]
    return [*noted.features, *([] if of_keys is None else of_keys.features), *policed]


def _deciding(condition: Condition) -> list[Condition]:
    """The parts of a condition, without those that serve only a context."""
    if isinstance(condition, ContextOnly):
        return []
    if isinstance(condition, All):
        return [one for part in condition.parts for one in _deciding(part)]
    return [condition]


def _of_definition(segment: Segment) -> list[str]:
    """The fields that a definition reads: its key, and those that an instant rule tests."""
    on = segment.definition.on
    where = None if on is None else on[1]
    return [*([] if segment.per is None else [segment.per]), *(where.paths if where else [])]


def _sent_by(segment: Segment) -> list[str]:
    """The attributes that a context names, and the fields of the event that caused the entry."""
    options = segment.definition.trigger
    asked = () if options is None or options.context is None else options.context
    of_event = [path.removeprefix(_DATA) for path in asked if path.startswith(_DATA)]
    return [*of_event, *(path for path in asked if path.startswith(ATTRIBUTES))]


def _attributes_last(path: str) -> tuple[bool, str]:
    return path.startswith(ATTRIBUTES), path
