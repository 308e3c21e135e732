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
        "Share of the changelog that has been read; 1 is all of it.",
        "Stands still: the broker does not serve the changelog. The worker starts over after a "
        "minute without progress.",
    ),
    histogram(
        "restore_duration_seconds",
        "seconds",
        (),
        "Time to restore: to read the changelogs of the partitions that were taken over together.",
        "Longer than the size of the state explains: the changelog is not compacted; check "
        "`cleanup.policy=compact` with `streamseg topics plan`.",
    ),
    counter(
        "takeovers",
        ("state",),
        "Partitions that were taken over: `restored` from the changelog, or `warm`, with the "
        "state still in memory.",
        "Many of `restored` without deployments: workers lose their partitions; see "
        "`streamseg_rebalances_total`.",
    ),
    counter(
        "rebalances",
        (),
        "Assignments received from the consumer group.",
        "Growing although no worker starts or stops: workers miss heartbeats. Give them CPU, "
        "raise STREAMSEG_SESSION_TIMEOUT, or set STREAMSEG_GROUP_INSTANCE_ID.",
    ),
    gauge(
        "kafka_up",
        "",
        (),
        "1 while the worker is a member of the group and Kafka answers, else 0.",
        "Check the brokers and STREAMSEG_BOOTSTRAP. The worker keeps trying, and continues by "
        "itself.",
    ),
    gauge(
        "api_tokens_stale",
        "",
        (),
        "1 while the file of the API's tokens cannot be used; the tokens that were read before "
        "stay valid.",
        "The log names the line that is wrong; fix the file that STREAMSEG_API_TOKENS names.",
    ),
    Metric(
        "streamseg_rules_info",
        "info",
        "",
        ("file", "hash", "segments"),
        "Always 1; the labels are the rule file in force, the first 12 digits of its SHA-256, and "
        "the number of its segments.",
        "Two hashes for longer than a deployment takes: workers of one group run different rules. "
        "`sha256sum FILE` tells which is which.",
    ),
    Metric(
        "streamseg_build_info",
        "info",
        "",
        ("version", "compiled", "python", "aiokafka", "faust"),
        "Always 1; the labels are the versions that run, and whether the engine is compiled.",
        "Two versions for longer than a deployment takes: a worker was left out. `compiled` is "
        "`no`: the wheel is pure Python, and the worker is slower.",
    ),
)
