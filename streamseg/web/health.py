"""Whether a worker is alive, and whether it is ready: pure functions of its numbers.

`live` fails only where a restart would mend something. `ready` fails while the worker does not
process all that is assigned to it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from streamseg.observe.stats import WorkerStats

STUCK_SECONDS: Final = 30.0  # a loop that does not go round for so long will not go round


@dataclass(frozen=True)
class Verdict:
    """The answer of a health check: well without reasons; `figures` are those it rests on."""

    reasons: tuple[str, ...]
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return 503 if self.reasons else 200

    def body(self) -> dict[str, Any]:
        """The JSON body."""
        status = "unavailable" if self.reasons else "ok"
        return {"status": status, "reasons": list(self.reasons), **self.figures}


def live(stats: WorkerStats, now: float) -> Verdict:
    """Whether the worker's loop goes round, or has a reason to wait. `now` is monotonic, seconds.

    A Kafka that is away is such a reason: a restart would not bring it back.
    """
    age = max(0.0, now - stats.turned_at)
    figures = {"loop_age_seconds": round(age, 3), "kafka_up": _kafka_up(stats)}
    if age < STUCK_SECONDS or not _kafka_up(stats):
        return Verdict((), figures)
    return Verdict((f"the loop has not gone round for {age:.0f} s",), figures)


def ready(stats: WorkerStats) -> Verdict:
    """Whether the worker processes all partitions that are assigned to it.

    A worker of the group for which there are no partitions is ready: it stands by.
    """
    phases: Counter[str] = Counter(one.phase for one in stats.partitions.values())
    running = phases["running"]
    figures = {
        "kafka_up": _kafka_up(stats),
        "partitions_assigned": stats.assigned or 0,
        "partitions_running": running if stats.assigned else 0,
    }
    return Verdict(tuple(_not_ready(stats, phases)), figures)


def _not_ready(stats: WorkerStats, phases: Counter[str]) -> list[str]:
    if not stats.connected:
        return ["not a member of the consumer group: Kafka is not in reach, or not yet"]
    reasons = [] if stats.answering else ["Kafka does not answer"]
    if stats.assigned is None:
        return [*reasons, "no partitions are assigned yet: the group is rebalancing"]
    claiming = stats.assigned - phases.total() + phases["claiming"]
    for count, what in (
        (claiming, "being claimed"),
        (phases["restoring"], "restoring their state"),
        (phases["waiting"], "waiting for the catalog"),
    ):
        if count > 0:
            reasons.append(f"{count} of {stats.assigned} partitions are {what}")
    if stats.ready < stats.assigned and not reasons:
        reasons.append(f"{stats.assigned - stats.ready} of {stats.assigned} partitions start over")
    return reasons


def _kafka_up(stats: WorkerStats) -> bool:
    return stats.connected and stats.answering
