"""What has to be done so that a cluster has the topics of the catalogue. Pure: no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from streamseg.topics.catalogue import Catalogue, Topic

RETENTION: Final = ("retention.ms", "retention.bytes")
UNLIMITED: Final = -1


@dataclass(frozen=True, slots=True)
class Actual:
    """A topic as a cluster has it; `own` are the settings that it has itself, not inherited."""

    partitions: int
    replication: int
    settings: Mapping[str, str]
    own: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Create:
    """Create a topic that is missing."""

    topic: Topic

    def __str__(self) -> str:
        topic = self.topic
        return (
            f"create {topic.name} ({topic.partitions} partitions, replication {topic.replication})"
        )


@dataclass(frozen=True, slots=True)
class RaisePartitions:
    """Add partitions. Keys move: records of a key that are there stay in the old partition."""

    name: str
    before: int
    after: int

    def __str__(self) -> str:
        return f"raise {self.name} from {self.before} to {self.after} partitions"


@dataclass(frozen=True, slots=True)
class SetSettings:
    """Change settings of a topic; `own` are those that it had and that must be kept."""

    name: str
    changes: Mapping[str, tuple[str | None, str]]  # setting -> (value now, value wanted)
    own: Mapping[str, str]

    def __str__(self) -> str:
        shown = ", ".join(f"{name} {old} -> {new}" for name, (old, new) in self.changes.items())
        return f"set on {self.name}: {shown}"


Step = Create | RaisePartitions | SetSettings


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps to be done, and notes about differences that no step mends."""

    steps: tuple[Step, ...]
    notes: tuple[str, ...]

    @property
    def moves_keys(self) -> bool:
        """Whether a step changes which partition a key belongs to."""
        return any(isinstance(step, RaisePartitions) for step in self.steps)


def make_plan(
    catalogue: Catalogue, actual: Mapping[str, Actual], *, may_shorten: bool = False
) -> Plan:
    """Compares; `actual` has the topics that exist, by name. Nothing is deleted nor lowered.

    Retention is shortened only where it ``may``: Kafka deletes what is older at once.
    """
    steps: list[Step] = []
    notes: list[str] = []
    for wanted in _at_least_as_many(catalogue, actual):
        found = actual.get(wanted.name)
        if found is None:
            steps.append(Create(wanted))
            continue
        if found.partitions < wanted.partitions:
            steps.append(RaisePartitions(wanted.name, found.partitions, wanted.partitions))
        changes = {
            name: (found.settings.get(name), value)
            for name, value in wanted.settings.items()
            if found.settings.get(name) != value
        }
        if not may_shorten:
            shorter = [name for name, change in changes.items() if _is_shorter(name, *change)]
            notes += [_note_of_shorter(wanted.name, name, *changes.pop(name)) for name in shorter]
        if changes:
            steps.append(SetSettings(wanted.name, changes, found.own))
        notes += _notes(catalogue, wanted, found)
    return Plan(tuple(steps), tuple(notes))


def _is_shorter(name: str, old: str | None, new: str) -> bool:
    """Whether a change of a setting has records deleted that are kept now."""
    if name not in RETENTION or old is None or int(new) == UNLIMITED:
        return False
    return int(old) == UNLIMITED or int(new) < int(old)


def _note_of_shorter(topic: str, name: str, old: str | None, new: str) -> str:
    return (
        f"{topic} has {name} {old}, not {new}: left as it is, as Kafka would delete what is "
        "older; `topics apply --shorten-retention` sets it all the same"
    )


def _at_least_as_many(catalogue: Catalogue, actual: Mapping[str, Actual]) -> list[Topic]:
    """The catalogue with every group raised to its largest topic, as counts cannot be lowered."""
    largest: dict[str, int] = {}
    for topic in catalogue.topics:
        if topic.group and topic.name in actual:
            count = max(largest.get(topic.group, 0), actual[topic.name].partitions)
            largest[topic.group] = count
    return [
        replace(topic, partitions=max(topic.partitions, largest.get(topic.group or "", 0)))
        for topic in catalogue.topics
    ]


def _notes(catalogue: Catalogue, wanted: Topic, found: Actual) -> list[str]:
    notes = []
    file_count = catalogue[wanted.short].partitions
    if found.partitions > file_count:
        notes.append(
            f"{wanted.name} has {found.partitions} partitions, more than the {file_count} wanted: "
            "left as it is, partitions cannot be taken away"
        )
    if found.replication != wanted.replication:
        notes.append(
            f"{wanted.name} has {found.replication} replicas, not {wanted.replication}: left as it "
            "is, use Kafka's own reassignment tool"
        )
    return notes
