"""Compares an old layout with the new one: which old number becomes which new one."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from streamseg.core.conditions.logic import All
from streamseg.core.rule_change.touching_events import touching_columns
from streamseg.core.segments.definitions import Definition, Episode, Rung, TriggerOptions
from streamseg.core.segments.derived import OBJECTING
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.segments.segment import Segment

_BESIDES_MODEL: Final = 4  # the place in a layout; state of format 5 has none


class Edit(NamedTuple):
    """A segment whose definition has changed: what it was, whether its members stay in, and the
    rungs that it no longer has.
    """

    former: Segment
    is_kept: bool
    gone: frozenset[int]


class LayoutMapping:
    """What is kept of an old layout: new numbers by old ones.

    - ``features``, ``slots``, ``segments``: of the contact. A segment whose definition is the same
      is carried over whole. One that was edited within its kind keeps its members and what has
      fired, and is evaluated again. One of another kind, or with other keys, begins anew.
    - ``key_groups``, ``key_features``: the slots and features of keys, by (old, new) key group
    - ``touching``: by (old, new) key group, the old columns whose events touch keys of the new one,
      too; none where all keys of the old one are keys of the new one
    - ``edits``, ``removed``: the segments that were edited, and those that are gone
    - ``referring``: those that were not, and ask about one that was, as they were before
    - ``changed``: the segments to evaluate after the migration, by rank
    - ``by_model``: those of them, as bits, for which only the prediction model has changed: their
      own, or that of segments that they ask about
    - ``outward``: new segments because of which membership is told only by consent from now on
    - ``adopted``: by new column, the id of the old feature whose state a new feature adopts
    - ``begun``, ``begun_of_keys``: the new features that begin without a state
    """

    def __init__(self, old: list[Any], new: list[Any], rules: RuleSet) -> None:
        self._old, self._new, self._rules = old, new, rules
        self.features = _by_name(old[0], new[0])
        self.slots: dict[int, int] = {}
        self.segments: dict[int, int] = {}
        self.key_groups: dict[tuple[int, int], dict[int, int]] = {}
        self.key_features: dict[tuple[int, int], dict[int, int]] = {}
        self.touching: dict[tuple[int, int], frozenset[int]] = {}
        self._same_keys: set[tuple[int, int]] = set()
        self.edits: list[Edit] = []
        self.referring: list[Segment] = []
        self._known = {one[0]: (index, one) for index, one in enumerate(old[1])}
        former = self._known.get(OBJECTING)
        self.objecting: int | None = None if former is None else former[1][2]  # its slot
        self._besides_model: dict[str, str] = old[_BESIDES_MODEL] if old[_BESIDES_MODEL:] else {}
        self.by_model = 0
        self.changed = self._compare_segments()
        self._compare_touching_events()
        names = {segment.name for segment in rules.segments}
        self.removed = [
            _removed(index, one) for name, (index, one) in self._known.items() if name not in names
        ]
        self.outward = [
            one
            for one in rules.segments
            if one.name not in self._known
            and one.told_as is not one
            and one.told_as.name in self._known
        ]
        self.adopted = self._adopt(old[0])
        kept = self.features.values()
        self.begun = [column for column in range(len(new[0])) if column not in kept]
        self.begun_of_keys = [
            (key_group, column)
            for key_group, features in enumerate(new[2])
            for column in range(len(features))
            if not self._is_kept_of_keys(key_group, column)
        ]

    @property
    def unaware(self) -> list[str]:
        """The segments of the file that ask about something that is remembered only from now on."""
        begun, keys_begun = set(self.begun), set(self.begun_of_keys)
        asking = 0
        for segment in self._rules.segments:
            of_keys = {(segment.key_group, column) for column in segment.key_columns}
            if begun.intersection(segment.columns) or keys_begun & of_keys:
                asking |= segment.bit
        found = {one.name for one in _with_referrers(self._rules, asking)}
        return [one.name for one in self._rules.defined if one.name in found]

    def _compare_segments(self) -> list[Segment]:
        """Find out what is kept of each segment; returns the segments that are new or have a new
        definition.
        """
        changed, by_rules = 0, 0
        for segment, described in zip(self._rules.segments, self._new[1], strict=True):
            if segment.name not in self._known:
                changed |= segment.bit
                by_rules |= segment.bit
                continue
            index, former = self._known[segment.name]
            is_same = former[1] == segment.definition.version
            is_kept = is_same or former[5:] == described[5:]
            if is_same:
                self.segments[index] = segment.index
                self._same_keys.add((former[4], segment.key_group))
            else:
                changed |= segment.bit
                by_rules |= 0 if self._differs_by_model(segment) else segment.bit
                stays = _by_name(former[3], described[3])
                gone = frozenset(one for one in range(len(former[3])) if one not in stays)
                self.edits.append(Edit(self._former(segment), is_kept, gone))
            if is_kept:
                self._keep(former, described)
        found = _with_referrers(self._rules, changed)
        self.referring = [self._former(one) for one in found if not changed & one.bit]
        by_rules = _bits(_with_referrers(self._rules, by_rules))
        self.by_model = _bits(found) & ~by_rules
        return found

    def _former(self, segment: Segment) -> Segment:
        """A segment with the numbers of its old layout; its name and options in messages are those
        of the present rules.
        """
        index, described = self._known[segment.name]
        rungs = [Rung(label, All([])) for label in described[3]]
        definition = replace(segment.definition, version=described[1], rungs=rungs)
        former = Segment(index, definition, described[2], None)
        former.key_group = described[4]
        if segment.told_as is not segment:
            former.told_as = self._former(segment.told_as)
        return former

    def _compare_touching_events(self) -> None:
        """Find out for which old keys it must be asked whether the new group has them, too.

        The keys of instant rules are read only at an event that touches them.
        """
        for old, new in self.key_groups:
            if (old, new) in self._same_keys or self._rules.key_groups[new].on is not None:
                continue
            columns = touching_columns(self._old[2][old], self._new[2][new])
            if len(columns) < len(self._old[2][old]):
                self.touching[old, new] = columns

    def _differs_by_model(self, segment: Segment) -> bool:
        """Whether a segment differs from its former definition only by the model."""
        besides = segment.definition.besides_model
        return besides is not None and self._besides_model.get(segment.name) == besides

    def _adopt(self, former: list[str]) -> dict[int, str]:
        """Let features without a state adopt states of dropped ones; returns by column the id of
        the feature that was adopted.
        """
        adopted: dict[int, str] = {}
        for column, feature in enumerate(self._rules.contact.features):
            if column in self.features.values():
                continue
            for source, name in enumerate(former):
                if source not in self.features and feature.adopts(name):
                    self.features[source] = column
                    adopted[column] = name
                    break
        return adopted

    def _is_kept_of_keys(self, key_group: int, column: int) -> bool:
        """Whether all old keys of a new key group have a state for a feature."""
        sources = [columns for (_, new), columns in self.key_features.items() if new == key_group]
        return bool(sources) and all(column in columns.values() for columns in sources)

    def _keep(self, former: list[Any], now: list[Any]) -> None:
        """Keep a segment's memberships, rung by rung, and the features of its keys."""
        rungs = _by_name(former[3], now[3])
        slots = {former[2] + one: now[2] + other for one, other in rungs.items()}
        key_groups = former[4], now[4]
        if key_groups[0] < 0:
            self.slots |= slots
        else:
            self.key_groups.setdefault(key_groups, {}).update(slots)
            self.key_features[key_groups] = _by_name(
                self._old[2][key_groups[0]], self._new[2][key_groups[1]]
            )


def _removed(index: int, described: list[Any]) -> Segment:
    """A segment that the present rules no longer have, with the numbers of its old layout."""
    name, version, first_slot, labels, key_group = described[:5]
    rungs = [Rung(label, All([])) for label in labels]
    definition = Definition(
        name=name,
        version=version,
        kind="",
        rungs=rungs,
        episode=Episode(),
        trigger=TriggerOptions(),
    )
    segment = Segment(index, definition, first_slot, None)
    segment.key_group = key_group
    return segment


def _with_referrers(rules: RuleSet, changed: int) -> list[Segment]:
    """Segments and those that ask about them, by rank, without instant rules."""
    for segment in rules.ranked:
        if changed & segment.bit:
            for one in segment.referrers:
                changed |= one.bit
    return [one for one in rules.ranked if changed & one.bit and not one.is_instant]


def _bits(segments: list[Segment]) -> int:
    mask = 0
    for segment in segments:
        mask |= segment.bit
    return mask


def _by_name(old: list[Any], new: list[Any]) -> dict[int, int]:
    columns = {name: column for column, name in enumerate(new)}
    return {column: columns[name] for column, name in enumerate(old) if name in columns}
