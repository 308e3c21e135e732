"""Cycles and transactions."""

from __future__ import annotations

from typing import Final

from streamseg.observe.metric import PLACE, counter, gauge, histogram

CYCLES: Final = (
    histogram(
        "batch_records",
        "",
        (),
        "Records of one transaction, all partitions together; its count is the number of "
        "transactions committed.",
        "Always at STREAMSEG_BATCH_MAX_RECORDS: the worker has a backlog, see "
        "`streamseg_lag_records`.",
    ),
    histogram(
        "commit_duration_seconds",
        "seconds",
        (),
        "From the begin of a transaction to its commit.",
        "The broker is slow: its disks, its request queue, or the network between.",
    ),
    histogram(
        "cycle_duration_seconds",
        "seconds",
        (),
        "From the end of the poll to the end of the commit, of cycles that had something to do.",
        "Much longer than the commit: the engine is busy; lower STREAMSEG_BATCH_MAX_RECORDS or "
        "STREAMSEG_BATCH_MAX_CONTACTS for latency, add workers for throughput.",
    ),
    gauge(
        "loop_age_seconds",
        "seconds",
        (),
        "Time since the worker's loop last went round.",
        "More than a few seconds with `streamseg_kafka_up` at 1: the worker is stuck; `/healthz` "
        "fails after 30 s so that it is restarted.",
    ),
    gauge(
        "last_commit_timestamp_seconds",
        "seconds",
        (),
        "When the last transaction was committed, in Unix time; 0 before the first.",
        "Old while there is lag: look at the log for aborted transactions.",
    ),
    counter(
        "transactions_aborted",
        (),
        "Transactions that came to nothing and were done again.",
        "A few during a broker's restart are normal. Steady: read the log; the broker refuses "
        "writes (space, ACLs, `transaction.max.timeout.ms`).",
    ),
    gauge(
        "hanging_transactions",
        "",
        PLACE,
        "Open transactions that nobody will end; absent while there are none.",
        "Readers of committed records wait before it, this worker too: `streamseg doctor` names "
        "it, `streamseg doctor --abort` ends it.",
    ),
    counter(
        "fences",
        (),
        "Producers discarded: fenced by another worker, or with a transaction of unknown fate.",
        "With every rebalance: the worker is too slow to answer the group; raise "
        "STREAMSEG_SESSION_TIMEOUT. Each costs a restore and loses nothing.",
    ),
)
