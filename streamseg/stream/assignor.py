"""Which worker gets which partitions: events[i] with signals[i], products spread as well.

A partition stays with the worker that had it, as far as balance allows (at most one more than
another worker), because its state may still be warm there. Each member tells what it had in the
user data of its subscription; of two that claim the same, the one with the later round had it
last.

Where `events` and `signals` have unequal partition counts, as while an operator raises them, the
partitions that both have are assigned. The session raises the error: raised here, it would end the
coordinator's task, and the worker would live on without reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from aiokafka.coordinator.protocol import (
    ConsumerProtocolMemberAssignment,
    ConsumerProtocolMemberMetadata,
)

_VERSION = 0


class _Held(msgspec.Struct):
    """What a member had in its last assignment; ``round`` counts the group's assignments. ``url``
    is where its API answers; former versions neither send nor read it.
    """

    round: int = 0
    events: list[int] = []
    products: list[int] = []
    url: str | None = None


class CopartitionedAssignor(AbstractPartitionAssignor):  # type: ignore[misc]
    """Sticky assignment of the pairs (events[i], signals[i]) and of the products partitions."""

    name = "streamseg-copartitioned"

    def __init__(self, events: str, signals: str, products: str, url: str | None = None) -> None:
        self._events = events
        self._signals = signals
        self._products = products
        self._url = url
        self._held = _Held(url=url)

    def metadata(self, topics: Iterable[str]) -> Any:
        """What this member subscribes to, and what it had."""
        held = msgspec.json.encode(self._held)
        return ConsumerProtocolMemberMetadata(_VERSION, sorted(topics), held)

    def on_assignment(self, assignment: Any) -> None:
        """Remember what this member has got."""
        got: dict[str, list[int]] = {name: list(parts) for name, parts in assignment.assignment}
        user_data = assignment.user_data or b""
        number = int(user_data) if user_data.isdigit() else 0
        events, products = got.get(self._events, []), got.get(self._products, [])
        self._held = _Held(number, events, products, self._url)

    def assign(self, cluster: Any, members: Mapping[str, Any]) -> dict[str, Any]:
        """The whole group's assignment, computed by its leader."""
        events = cluster.partitions_for_topic(self._events) or set()
        signals = cluster.partitions_for_topic(self._signals) or set()
        products = cluster.partitions_for_topic(self._products) or set()
        held = {member: _read(metadata.user_data) for member, metadata in members.items()}
        number = max((each.round for each in held.values()), default=0) + 1
        pairs = spread(sorted(events & signals), _previous(held, "events"), sorted(members))
        # the catalog's partitions go first to those that have fewer pairs
        by_load = sorted(members, key=lambda member: (len(pairs[member]), member))
        others = spread(sorted(products), _previous(held, "products"), by_load)
        return {
            member: ConsumerProtocolMemberAssignment(
                _VERSION,
                [
                    (topic, sorted(partitions))
                    for topic, partitions in (
                        (self._events, pairs[member]),
                        (self._signals, pairs[member]),
                        (self._products, others[member]),
                    )
                    if partitions
                ],
                str(number).encode(),
            )
            for member in members
        }


def spread(
    partitions: list[int], previous: dict[int, str], members: list[str]
) -> dict[str, list[int]]:
    """Give each member its share; ``members`` are in the order in which they get the odd ones."""
    kept: dict[str, list[int]] = {member: [] for member in members}
    for partition in partitions:
        owner = previous.get(partition)
        if owner in kept:
            kept[owner].append(partition)
    share, odd = divmod(len(partitions), len(members))
    most_first = sorted(members, key=lambda member: (-len(kept[member]), members.index(member)))
    quota = {member: share + (rank < odd) for rank, member in enumerate(most_first)}
    for member in members:
        del kept[member][quota[member] :]
    taken = {partition for got in kept.values() for partition in got}
    free = [partition for partition in partitions if partition not in taken]
    for member in members:
        missing = quota[member] - len(kept[member])
        kept[member].extend(free[:missing])
        del free[:missing]
    return kept


def url_of(user_data: bytes | None) -> str | None:
    """Where a member's API answers, as its subscription tells; None of a former version."""
    return _read(user_data).url


def _read(user_data: bytes | None) -> _Held:
    return msgspec.json.decode(user_data, type=_Held) if user_data else _Held()


def _previous(held: dict[str, _Held], kind: str) -> dict[int, str]:
    """Who had each partition last."""
    owner: dict[int, str] = {}
    for member, each in sorted(held.items(), key=lambda item: (item[1].round, item[0])):
        owner.update(dict.fromkeys(getattr(each, kind), member))
    return owner
