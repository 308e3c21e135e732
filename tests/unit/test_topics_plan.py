"""What `streamseg topics plan` finds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from streamseg.topics import (
    Actual,
    Catalogue,
    TopicsError,
    load_catalogue,
    make_plan,
)
from streamseg.topics.plan import Create, RaisePartitions, SetSettings

WANTED = load_catalogue()


def as_wanted(catalogue: Catalogue = WANTED) -> dict[str, Actual]:
    return {
        topic.name: Actual(
            topic.partitions, topic.replication, dict(topic.settings), dict(topic.settings)
        )
        for topic in catalogue.topics
    }


def test_a_cluster_that_is_as_it_should_be_needs_nothing() -> None:
    plan = make_plan(WANTED, as_wanted())
    assert (plan.steps, plan.notes) == ((), ())


def test_an_empty_cluster_needs_every_topic() -> None:
    plan = make_plan(WANTED, {})
    assert [step.topic for step in plan.steps if isinstance(step, Create)] == list(WANTED.topics)


def test_fewer_partitions_are_raised_and_said_to_move_keys() -> None:
    plan = make_plan(WANTED.with_partitions(16), as_wanted())
    assert [str(step) for step in plan.steps] == [
        f"raise streamseg.{short} from 8 to 16 partitions"
        for short in ("events", "signals", "changelog")
    ]
    assert plan.moves_keys


def test_more_partitions_are_left_and_noted() -> None:
    plan = make_plan(WANTED.with_partitions(4), as_wanted())
    assert plan.steps == ()
    assert [note.split()[0] for note in plan.notes] == [
        "streamseg.events",
        "streamseg.signals",
        "streamseg.changelog",
    ]


def test_a_missing_topic_of_a_group_gets_as_many_partitions_as_the_others_have() -> None:
    actual = as_wanted(WANTED.with_partitions(16))
    del actual["streamseg.signals"]
    (step,) = make_plan(WANTED, actual).steps
    assert isinstance(step, Create)
    assert step.topic.partitions == 16


def test_unequal_counts_in_a_group_are_raised_to_the_largest() -> None:
    actual = as_wanted()
    actual["streamseg.events"] = replace(actual["streamseg.events"], partitions=12)
    steps = make_plan(WANTED, actual).steps
    assert {step.name: step.after for step in steps if isinstance(step, RaisePartitions)} == {
        "streamseg.signals": 12,
        "streamseg.changelog": 12,
    }


def test_a_changed_setting_is_set_and_what_else_the_topic_has_of_its_own_is_kept() -> None:
    actual = as_wanted()
    own = {"retention.ms": "1000", "min.insync.replicas": "1"}
    settings = {**WANTED["events"].settings, "retention.ms": "1000"}
    actual["streamseg.events"] = Actual(8, 1, settings, own)
    (step,) = make_plan(WANTED, actual).steps
    assert isinstance(step, SetSettings)
    assert step.changes == {"retention.ms": ("1000", "604800000")}
    assert step.own == own


@pytest.mark.parametrize("kept", ["604800001", "-1"])
def test_records_that_are_kept_for_longer_are_not_deleted_unasked(kept: str) -> None:
    actual = as_wanted()
    settings = {**WANTED["events"].settings, "retention.ms": kept, "segment.ms": "5"}
    actual["streamseg.events"] = Actual(8, 1, settings, settings)
    plan = make_plan(WANTED, actual)
    (step,) = plan.steps
    assert isinstance(step, SetSettings)
    assert step.changes == {"segment.ms": ("5", "86400000")}
    assert step.own["retention.ms"] == kept
    (note,) = plan.notes
    assert note.startswith(f"streamseg.events has retention.ms {kept}, not 604800000: left as it")
    assert "--shorten-retention" in note
    asked = make_plan(WANTED, actual, may_shorten=True)
    assert asked.notes == ()
    (step,) = asked.steps
    assert isinstance(step, SetSettings)
    assert step.changes["retention.ms"] == (kept, "604800000")


def test_bytes_that_are_kept_are_not_deleted_unasked_either() -> None:
    topic = WANTED["alerts"]
    asks = replace(topic, settings={**topic.settings, "retention.bytes": "5"})
    settings = {**asks.settings, "retention.bytes": "6"}
    plan = make_plan(replace(WANTED, topics=(asks,)), {topic.name: Actual(1, 1, settings, {})})
    assert plan.steps == ()
    assert plan.notes[0].startswith("streamseg.alerts has retention.bytes 6, not 5: left as it is")


@pytest.mark.parametrize(("setting", "kept"), [("retention.ms", "9"), ("retention.bytes", "9")])
def test_a_limit_that_would_delete_what_is_needed_is_lifted(setting: str, kept: str) -> None:
    actual = as_wanted()
    settings = {**WANTED["signals"].settings, setting: kept}
    actual["streamseg.signals"] = Actual(8, 1, settings, settings)
    plan = make_plan(WANTED, actual)
    assert [str(one) for one in plan.steps] == [f"set on streamseg.signals: {setting} {kept} -> -1"]
    assert plan.notes == ()


def test_another_replication_is_noted() -> None:
    plan = make_plan(WANTED.with_replication(3), as_wanted())
    assert plan.steps == ()
    assert len(plan.notes) == len(WANTED.topics)


@pytest.mark.parametrize("count", [0, -1, 10_001])
def test_an_absurd_number_of_partitions_is_an_error(count: int) -> None:
    with pytest.raises(TopicsError, match="must be 1 to"):
        WANTED.with_partitions(count)


def test_a_prefix_renames_every_topic() -> None:
    assert {topic.name for topic in load_catalogue("shop-").topics} == {
        "shop-" + topic.short for topic in WANTED.topics
    }
