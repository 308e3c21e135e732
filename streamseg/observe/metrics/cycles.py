"""Cycles and transactions."""

from __future__ import annotations

from typing import Final

from streamseg.observe.metric import PLACE, counter, gauge, histogram

CYCLES: Final = (
    histogram(
        "batch_records",
        "",
        (),
        "Records of one transaction, all partitions together. The histogram's count is the number "
        "of committed transactions.",
        "Always at STREAMSEG_BATCH_MAX_RECORDS: the worker has a backlog, see "
        "`streamseg_lag_records`.",
    ),
    histogram(
        "commit_duration_seconds",
        "seconds",
        (),
        "Time from the begin of a transaction to its commit.",
        "The broker is slow: its disks, its request queue, or the network between.",
    ),
    histogram(
        "cycle_duration_seconds",
        "seconds",
        (),
        "Time from the end of the poll to the end of the commit, for cycles that had work.",
        "Much longer than the commit: the engine is busy; lower STREAMSEG_BATCH_MAX_RECORDS or "
        "STREAMSEG_BATCH_MAX_CONTACTS for latency, add workers for throughput.",
    ),
    gauge(
        "loop_age_seconds",
        "seconds",
        (),
        "Time since the last iteration of the worker's loop.",
        "More than a few seconds with `streamseg_kafka_up` at 1: the worker is stuck; `/healthz` "
        "fails after 30 s so that it is restarted.",
    ),
    gauge(
        "last_commit_timestamp_seconds",
        "seconds",
        (),
        "Unix time of the last commit; 0 before the first.",
        "Old while there is lag: look at the log for aborted transactions.",
    ),
    counter(
        "transactions_aborted",
        (),
        "Transactions that were aborted and retried.",
        "A few during a broker's restart are normal. Steady: read the log; the broker refuses "
        "writes (space, ACLs, `transaction.max.timeout.ms`).",
    ),
    gauge(
        "hanging_transactions",
        "",
        PLACE,
        "Open transactions that no producer or coordinator will end; absent while there are none.",
        "All readers of committed records wait for it, this worker too. `streamseg doctor` names "
        "it, `streamseg doctor --abort` ends it.",
    ),
    counter(
        "fences",
        (),
        "Producers that were discarded: fenced by another worker, or with a transaction whose "
        "outcome is unknown.",
        "With every rebalance: the worker's heartbeats are too slow; raise "
        "STREAMSEG_SESSION_TIMEOUT. Each one costs a restore and loses nothing.",
    ),
)
