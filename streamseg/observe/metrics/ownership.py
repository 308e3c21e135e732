"""Partitions, Kafka and the worker itself."""

from __future__ import annotations

from typing import Final

from streamseg.observe.metric import PLACE, Metric, counter, gauge, histogram

OWNERSHIP: Final = (
    gauge(
        "partitions",
        "",
        ("phase",),
        "Partitions assigned to the worker, by phase: claiming, restoring, waiting (for the "
        "catalog) or running.",
        "`waiting` for minutes: no worker runs the catalog's partitions, or the products topic "
        "has a backlog. `claiming` for minutes: the broker does not answer.",
    ),
    gauge(
        "restore_progress_ratio",
        "ratio",
        PLACE,
        "How much of the changelog is read: 1 is all of it.",
        "Stands still: the broker does not serve the changelog; the worker starts over after a "
        "minute without progress.",
    ),
    histogram(
        "restore_duration_seconds",
        "seconds",
        (),
        "Time to read the changelogs of the partitions that were taken over at once.",
        "Longer than the state explains: the changelog is not compacted; check "
        "`cleanup.policy=compact` with `streamseg topics plan`.",
    ),
    counter(
        "takeovers",
        ("state",),
        "Partitions taken over: restored from the changelog, or warm with their state still here.",
        "Many of `restored` without deployments: workers lose their partitions; see "
        "`streamseg_rebalances_total`.",
    ),
    counter(
        "rebalances",
        (),
        "Assignments received from the consumer group.",
        "Without workers coming or going: they miss heartbeats. Give them CPU, raise "
        "STREAMSEG_SESSION_TIMEOUT, or name them with STREAMSEG_GROUP_INSTANCE_ID.",
    ),
    gauge(
        "kafka_up",
        "",
        (),
        "1 while the worker is a member of the group and Kafka answers, else 0.",
        "Check the brokers and STREAMSEG_BOOTSTRAP; the worker keeps trying and goes on by itself.",
    ),
    gauge(
        "api_tokens_stale",
        "",
        (),
        "1 while the file of the API's tokens cannot be used and those read before stay good.",
        "Look at the log for the line that is wrong, and mend STREAMSEG_API_TOKENS.",
    ),
    Metric(
        "streamseg_rules_info",
        "info",
        "",
        ("file", "hash", "segments"),
        "The rules in force: 1, with their file, the first 12 digits of its SHA-256 and the number "
        "of its segments as labels.",
        "Two hashes for longer than a deployment takes: workers of one group run different rules. "
        "`sha256sum` of the file tells which is which.",
    ),
    Metric(
        "streamseg_build_info",
        "info",
        "",
        ("version", "compiled", "python", "aiokafka", "faust"),
        "What runs: 1, with the versions as labels, and whether the engine is compiled.",
        "Two versions for longer than a deployment takes: a worker was left out. "
        "`compiled` is `no`: the wheel is pure Python, and a worker does less in the same time.",
    ),
)
