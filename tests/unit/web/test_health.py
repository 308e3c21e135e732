"""When a worker lives and when it is ready."""

from __future__ import annotations

import pytest

from streamseg.observe.stats import PartitionStats, Phase, WorkerStats
from streamseg.web.health import STUCK_SECONDS, live, ready


def worker(*phases: Phase, **fields: object) -> WorkerStats:
    """A worker in the group, with a partition of events in each of these phases."""
    given: dict[str, object] = {"connected": True, "assigned": len(phases), "ready": len(phases)}
    stats = WorkerStats(**(given | fields))  # type: ignore[arg-type]
    for partition, phase in enumerate(phases):
        stats.partitions["events", partition] = PartitionStats("events", partition, phase=phase)
    return stats


def test_a_loop_that_goes_round_lives() -> None:
    verdict = live(worker(turned_at=100.0), now=100.2)
    assert verdict.status == 200
    assert verdict.body() == {
        "status": "ok",
        "reasons": [],
        "loop_age_seconds": 0.2,
        "kafka_up": True,
    }


def test_a_loop_that_has_stopped_does_not_live() -> None:
    stats = worker(turned_at=100.0)
    assert live(stats, now=100.0 + STUCK_SECONDS - 0.1).status == 200
    verdict = live(stats, now=100.0 + STUCK_SECONDS)
    assert verdict.status == 503
    assert verdict.reasons == ("the loop has not gone round for 30 s",)


@pytest.mark.parametrize("away", [{"connected": False}, {"answering": False}])
def test_a_worker_that_waits_for_kafka_lives(away: dict[str, object]) -> None:
    verdict = live(worker(turned_at=100.0, **away), now=1_000.0)
    assert verdict.status == 200
    assert verdict.figures == {"loop_age_seconds": 900.0, "kafka_up": False}


def test_a_worker_whose_partitions_all_run_is_ready() -> None:
    verdict = ready(worker("running", "running"))
    assert verdict.status == 200
    assert verdict.body() == {
        "status": "ok",
        "reasons": [],
        "kafka_up": True,
        "partitions_assigned": 2,
        "partitions_running": 2,
    }


def test_a_worker_that_stands_by_is_ready() -> None:
    assert ready(worker()).status == 200


@pytest.mark.parametrize(
    ("stats", "reason"),
    [
        (WorkerStats(), "not a member of the consumer group"),
        (worker("running", answering=False), "Kafka does not answer"),
        (worker(assigned=None), "no partitions are assigned yet"),
        (worker("running", assigned=3), "2 of 3 partitions are being claimed"),
        (worker("running", "claiming"), "1 of 2 partitions are being claimed"),
        (worker("restoring", "restoring"), "2 of 2 partitions are restoring their state"),
        (worker("waiting", "running"), "1 of 2 partitions are waiting for the catalog"),
        (worker("running", "running", ready=0), "2 of 2 partitions start over"),
    ],
)
def test_a_worker_that_is_not_ready_says_why(stats: WorkerStats, reason: str) -> None:
    verdict = ready(stats)
    assert verdict.status == 503
    assert [given for given in verdict.reasons if given.startswith(reason)]
    assert verdict.body()["status"] == "unavailable"


def test_all_reasons_are_given_at_once() -> None:
    verdict = ready(worker("restoring", "waiting", "running", assigned=4, answering=False))
    assert verdict.reasons == (
        "Kafka does not answer",
        "1 of 4 partitions are being claimed",
        "1 of 4 partitions are restoring their state",
        "1 of 4 partitions are waiting for the catalog",
    )


def test_between_two_assignments_nothing_of_the_old_one_counts() -> None:
    verdict = ready(worker("running", assigned=None))
    assert verdict.reasons == ("no partitions are assigned yet: the group is rebalancing",)
    assert verdict.figures["partitions_running"] == 0
