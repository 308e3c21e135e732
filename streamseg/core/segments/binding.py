"""Binding: makes a segment of each definition, with its columns and slots in the layout."""

from __future__ import annotations

from streamseg.core.conditions.base import Condition
from streamseg.core.conditions.in_segment import InSegment
from streamseg.core.conditions.moved import Moved
from streamseg.core.conditions.predicted import Predicted
from streamseg.core.counting.terms import Summing
from streamseg.core.features.base import Feature
from streamseg.core.labels.rfm import Rfm
from streamseg.core.segments.definitions import Definition
from streamseg.core.segments.key_groups import Columns, KeyGroup, Signature, signature
from streamseg.core.segments.segment import Segment


class Binder:
    """Collects segments, the contact's ``columns``, and what else the conditions ask for.

    - ``references``, ``moved``: conditions that have to be linked, each with its segment
    - ``tabled``: labels whose cuts are quantiles; ``by_table``: the segments that ask about them
    - ``predictions``: the first prediction of each segment, by its text
    - ``dated``: attributes that are read as dates, by their paths
    """

    def __init__(self) -> None:
        self.columns = Columns()
        self.segments: list[Segment] = []
        self.key_groups: list[KeyGroup] = []
        self.references: list[tuple[Segment, InSegment]] = []
        self.moved: list[tuple[Segment, Moved]] = []
        self.tabled: dict[str, Rfm] = {}
        self.by_table: list[Segment] = []
        self.predictions: dict[str, Predicted] = {}
        self.dated: dict[str, tuple[str, ...]] = {}
        self._by_signature: dict[Signature, KeyGroup] = {}
        self._slots = 0  # how many slots of the contact itself are given away

    def add(self, definition: Definition) -> Segment:
        """Make the segment of a definition, and add it behind the others."""
        key_group = self._key_group(definition)
        first_slot = self._slots if key_group is None else key_group.slots
        segment = Segment(len(self.segments), definition, first_slot, key_group)
        of_contact = _Recorder(self.columns)
        of_keys = None if key_group is None else _Recorder(key_group.columns)
        for rung in segment.rungs:
            rung.condition.bind(of_contact, of_keys)
        segment.columns = of_contact.columns
        segment.key_columns = [] if of_keys is None else of_keys.columns
        if key_group is None:
            self._slots += len(segment.rungs)
        else:
            key_group.slots += len(segment.rungs)
            key_group.segments.append(segment)
        self.segments.append(segment)
        self._note(segment, of_contact)
        return segment

    def bind(self, condition: Condition) -> list[int]:
        """Bind a condition that belongs to no segment; returns the columns that it asks for."""
        recorder = _Recorder(self.columns)
        condition.bind(recorder, None)
        self.tabled |= {label.name: label for label in recorder.tabled}
        return recorder.columns

    def bind_sums(self, summing: Summing) -> None:
        """Ask for the features that the sums over members are made of."""
        recorder = _Recorder(self.columns)
        if summing.worth is not None:
            summing.worth.bind(recorder, None)
        for label in summing.scores:
            label.bind(recorder)
        self.tabled |= {label.name: label for label in recorder.tabled}

    def bind_policies(self) -> None:
        """Ask for what the segments' policies read."""
        for segment in self.segments:
            if segment.policy is not None:
                segment.policy.bind(self.columns)

    def divide(self) -> None:
        """Limit each feature of a key, so that ``max_keys`` keys fit into a record."""
        for key_group in self.key_groups:
            for feature in key_group.columns.features:
                feature.divide(key_group.max_keys)

    def _note(self, segment: Segment, recorder: _Recorder) -> None:
        """Note what the conditions of a segment ask for besides columns."""
        self.references += [(segment, condition) for condition in recorder.references]
        self.moved += [(segment, condition) for condition in recorder.moved]
        for predicted in recorder.predictions[:1]:
            self.predictions.setdefault(predicted.text, predicted)
        self.dated |= {path: tuple(path.split(".")) for path in recorder.dated}
        if recorder.tabled:
            self.tabled |= {label.name: label for label in recorder.tabled}
            self.by_table.append(segment)

    def _key_group(self, definition: Definition) -> KeyGroup | None:
        """The key group of a parametric segment; None where it has no keys."""
        per = definition.per
        if per is None:
            return None
        keyed = Columns()
        for rung in definition.rungs:
            rung.condition.bind(Columns(), keyed)
        of_keys = signature(per, definition.max_keys, definition.on, keyed.features)
        key_group = self._by_signature.get(of_keys)
        if key_group is None:
            key_group = KeyGroup(len(self.key_groups), per, definition.max_keys, definition.on)
            self._by_signature[of_keys] = key_group
            self.key_groups.append(key_group)
        return key_group


class _Recorder:
    """A registry that notes what the conditions of one segment ask for."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self.references: list[InSegment] = []
        self.moved: list[Moved] = []
        self.tabled: list[Rfm] = []
        self.predictions: list[Predicted] = []
        self.dated: list[str] = []
        self.columns: list[int] = []

    def refer(self, condition: InSegment) -> None:
        self.references.append(condition)

    def keep_moves(self, condition: Moved) -> None:
        self.moved.append(condition)

    def follow_up(self, predicted: Predicted) -> None:
        self.predictions.append(predicted)

    def read_as_date(self, path: str) -> None:
        self.dated.append(path)

    def use_table(self, label: Rfm) -> None:
        self.tabled.append(label)

    def column(self, feature: Feature) -> int:
        column = self._columns.column(feature)
        if column not in self.columns:
            self.columns.append(column)
        return column

    def feature(self, column: int) -> Feature:
        return self._columns.feature(column)
