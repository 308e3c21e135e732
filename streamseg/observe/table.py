"""The table of metrics: what is exported, and what to do when a figure is off.

It is the one source. The collector makes its metrics from it, `python -m streamseg.observe.table`
writes docs/metrics.md from it, and a test compares table, page and scrape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["counter", "gauge", "histogram", "info"]


@dataclass(frozen=True)
class Metric:
    """One metric.

    `name` is what a query asks for: with the unit, and `_total` for a counter, `_info` for an
    info. `help` is its one sentence in the scrape; `off` tells what to do when it is off.
    """

    name: str
    kind: Kind
    unit: str  # seconds, bytes, ratio; empty for a plain number
    labels: tuple[str, ...]
    help: str
    off: str

    @property
    def family(self) -> str:
        """The name without the suffix that the exposition adds."""
        return self.name.removesuffix({"counter": "_total", "info": "_info"}.get(self.kind, ""))


def _counter(name: str, labels: tuple[str, ...], help_: str, off: str) -> Metric:
    return Metric(f"streamseg_{name}_total", "counter", "", labels, help_, off)


def _gauge(name: str, unit: str, labels: tuple[str, ...], help_: str, off: str) -> Metric:
    return Metric(f"streamseg_{name}", "gauge", unit, labels, help_, off)


def _histogram(name: str, unit: str, labels: tuple[str, ...], help_: str, off: str) -> Metric:
    return Metric(f"streamseg_{name}", "histogram", unit, labels, help_, off)


_PLACE: Final = ("topic", "partition")

INPUT: Final = (
    _counter(
        "events_consumed",
        ("topic",),
        "Records read from a topic and either applied or refused; a batch that is redone counts "
        "again.",
        "Flat while `streamseg_lag_records` grows: the worker is stuck; look at `/healthz` and "
        "its log. Flat without lag: nothing is produced.",
    ),
    _counter(
        "events_rejected",
        ("code",),
        "Records sent to the dead letters, by what is wrong with them.",
        "`streamseg dlq list` shows the records and why; mend the sender, then send them again "
        "with `streamseg dlq resend`.",
    ),
    _counter(
        "fields_ignored",
        ("field",),
        "Fields of `data` that were of a wrong type and taken for missing; a batch that is redone "
        "counts again.",
        "A sender writes this field otherwise than docs/semantics.md says, such as `19,90 EUR` for "
        "a price: rules on it do not see the value. Mend the sender.",
    ),
    _counter(
        "events_moved",
        _PLACE,
        "Events dated more than 5 minutes after their arrival, and counted at their arrival.",
        "A sender's clock is ahead, or it writes local time as UTC: compare the `time` of new "
        "events with their records' timestamps, `streamseg tail events --json`.",
    ),
    _counter(
        "events_duplicate",
        (),
        "Events of contacts with an id, or an order, that had come before; they change nothing.",
        "Some are normal: a sender tries again. Many: a sender sends all twice, or gives different "
        "events one id, and those are lost; look at them with `streamseg tail events --json`.",
    ),
    _counter(
        "events_erased",
        (),
        "Events and states of contacts who were erased, not younger than that: they are dropped.",
        "Some are normal after an erasure: late events. Many: a sender writes old events again, or "
        "goes on writing of a contact who asked to be forgotten.",
    ),
    _counter(
        "records_lost",
        _PLACE,
        "Records that were deleted before they were read, and of changelogs those that state is "
        "missing from.",
        "The worker has stopped, or was started with `--accept-loss`; its log says what is gone. "
        "Longer `retention.ms`, more workers, and `cleanup.policy=compact` for changelogs.",
    ),
    _counter(
        "contacts_outgrown",
        (),
        "Times that a contact whose state no longer fits into a record of the changelog was made "
        "smaller; the keys that it touched longest ago are forgotten.",
        "The log names the contact: often a name that a sender gives to everybody, such as "
        "`undefined`. Mend the sender, and look at the rule that remembers most "
        "(`streamseg rules explain`).",
    ),
    _gauge(
        "lag_records",
        "",
        _PLACE,
        "Offsets between the last record applied and the end of the partition, records in open "
        "transactions included.",
        "Growing: add workers up to the number of partitions. In one partition only: one key gets "
        "most records, its worker is stuck, or see `streamseg_lag_unstable_records`.",
    ),
    _gauge(
        "lag_unstable_records",
        "",
        _PLACE,
        "Of the lag, the offsets that nobody may read yet, because a producer's transaction before "
        "them is open.",
        "Above 0 for longer than the producers' transaction timeout: a transaction hangs, and "
        "everything behind it waits.",
    ),
    _gauge(
        "lag_seconds",
        "seconds",
        _PLACE,
        "How far the partition's time is behind the wall clock while records wait; 0 when it is "
        "read to its end.",
        "Triggers of time come this much late. After an outage it falls by itself; if it does "
        "not, see `streamseg_lag_records`.",
    ),
)

OUTPUT: Final = (
    _counter(
        "triggers_fired",
        ("segment",),
        "Triggers committed to the triggers topic.",
        "0 where some are expected: check the rule with `streamseg replay` on the events of one "
        "contact, and `streamseg_triggers_suppressed_total`.",
    ),
    _counter(
        "triggers_suppressed",
        ("segment", "reason"),
        "Triggers held back, by reason.",
        "`stale`: old events are being read, or the worker was away for long. `left`: events come "
        "late, see STREAMSEG_LATENESS. `forgotten`: the key gave way to others (`max_keys`), or "
        "the rule was edited. `cooldown` and `limit` are the rule's own options, the others are "
        "its policy's. The share held by control: `control` of it and "
        "`streamseg_triggers_fired_total` together.",
    ),
    _counter(
        "triggers_deferred",
        ("segment", "gate"),
        "Triggers that began to wait for a policy, by the first gate that was closed.",
        "More than are fired later: see `expired` and `left` of "
        "`streamseg_triggers_suppressed_total`, and whether quiet hours and caps are meant so.",
    ),
    _gauge(
        "triggers_waiting",
        "",
        ("segment", "gate"),
        "Triggers that wait for a policy by now, of the contacts of this worker, by the gate that "
        "they were deferred for.",
        "Growing from day to day: a cap lets fewer through than enter, and the rest will be held "
        "back as `expired`. By `quiet_hours` all go at their end: a rush for the sender.",
    ),
    _counter(
        "unknown_zones",
        (),
        "Times that a contact named a zone that there is not, as their policy asked for it.",
        "What writes the attribute that `policies: zone` names sends no IANA names. The default "
        "zone counts instead.",
    ),
    _counter(
        "unreadable_dates",
        ("attribute",),
        "Times that a contact's attribute that rules read as a date was told as something else.",
        "What writes the attribute sends another form than `1990-03-14`, `03-14` or an instant: "
        "these contacts have no birthday, and no age.",
    ),
    _counter(
        "prediction_outcome",
        ("bucket", "hit"),
        "Predictions of an order whose time has passed, by how probable it was (from `bucket` on, "
        "by tenths) when silence took it to the first threshold, and whether one came.",
        "Of a bucket of 0.3, three to four of ten should be hits. Far more or fewer, over some "
        "hundred: fit the model anew, see `docs/prediction.md`.",
    ),
    _counter(
        "capped_messages",
        ("trigger",),
        "`message_sent` events of a channel that a cap counts, by whether `data.trigger` names the "
        "trigger that they were sent for.",
        "`named` stays at 0 while triggers fire: the sender never says which trigger a message is "
        "for, and a cap that counts `[fired, sent]` counts each of these messages twice.",
    ),
    _counter(
        "triggers_cancelled",
        ("segment",),
        "Triggers withdrawn because an event that came late denies them.",
        "Events come later than STREAMSEG_LATENESS allows; raise it, or mend what delays them.",
    ),
    _counter(
        "membership_changes",
        ("segment", "change"),
        "Contacts who entered or exited a segment that asks for its membership.",
        "Many at once: the rules changed, or a product did that many contacts wait for.",
    ),
    _histogram(
        "trigger_latency_seconds",
        "seconds",
        ("segment",),
        "From the event that made a trigger, or the instant at which time alone allowed it, to "
        "its commit.",
        "Compare with `streamseg_commit_duration_seconds` (the broker is slow) and "
        "`streamseg_lag_records` (the worker is behind).",
    ),
)

COUNTS: Final = (
    _gauge(
        "segment_members",
        "",
        ("segment",),
        "Stays in a segment by now, of the contacts of this worker; only where the rules ask for "
        "`kpis`. The sum over the workers is the segment's size.",
        "Less than expected: see whether all partitions run (`streamseg_partitions`): what nobody "
        "owns is counted nowhere. Else `streamseg stats` shows since which day.",
    ),
    _counter(
        "segment_entered",
        ("segment",),
        "Stays that began, of contacts and keys; only where the rules ask for `kpis`.",
        "Flat: no events of the types that the rule asks about (`streamseg rules explain`), or it "
        "holds of nobody. Ten times as many as ever: a campaign, or a sender that repeats itself.",
    ),
    _counter(
        "segment_activity",
        ("segment",),
        "Events that members of a segment did; only where an alert asks for its `activity`.",
        "Flat while events come in: nobody is in it by now (`streamseg_segment_members`).",
    ),
    _counter(
        "segment_converted",
        ("segment", "variant"),
        "Exposures that an order followed, as they are seen; what is taken back later stays. "
        "`variant` is empty outside of experiments.",
        "Flat while triggers fire: messages do not go out, orders do not come in, or nobody buys; "
        "`streamseg stats` compares with the days before.",
    ),
    _counter(
        "segment_revenue",
        ("segment", "variant"),
        "Sum of the orders that followed exposures, as they are seen; exact in `streamseg stats`.",
        "Flat while `streamseg_segment_converted_total` grows: orders come without `total`, or in "
        "another currency than `value.orders` names.",
    ),
)

CYCLES: Final = (
    _histogram(
        "batch_records",
        "",
        (),
        "Records of one transaction, all partitions together; its count is the number of "
        "transactions committed.",
        "Always at STREAMSEG_BATCH_MAX_RECORDS: the worker has a backlog, see "
        "`streamseg_lag_records`.",
    ),
    _histogram(
        "commit_duration_seconds",
        "seconds",
        (),
        "From the begin of a transaction to its commit.",
        "The broker is slow: its disks, its request queue, or the network between.",
    ),
    _histogram(
        "cycle_duration_seconds",
        "seconds",
        (),
        "From the end of the poll to the end of the commit, of cycles that had something to do.",
        "Much longer than the commit: the engine is busy; lower STREAMSEG_BATCH_MAX_RECORDS or "
        "STREAMSEG_BATCH_MAX_CONTACTS for latency, add workers for throughput.",
    ),
    _gauge(
        "loop_age_seconds",
        "seconds",
        (),
        "Time since the worker's loop last went round.",
        "More than a few seconds with `streamseg_kafka_up` at 1: the worker is stuck; `/healthz` "
        "fails after 30 s so that it is restarted.",
    ),
    _gauge(
        "last_commit_timestamp_seconds",
        "seconds",
        (),
        "When the last transaction was committed, in Unix time; 0 before the first.",
        "Old while there is lag: look at the log for aborted transactions.",
    ),
    _counter(
        "transactions_aborted",
        (),
        "Transactions that came to nothing and were done again.",
        "A few during a broker's restart are normal. Steady: read the log; the broker refuses "
        "writes (space, ACLs, `transaction.max.timeout.ms`).",
    ),
    _gauge(
        "hanging_transactions",
        "",
        _PLACE,
        "Open transactions that nobody will end; absent while there are none.",
        "Readers of committed records wait before it, this worker too: `streamseg doctor` names "
        "it, `streamseg doctor --abort` ends it.",
    ),
    _counter(
        "fences",
        (),
        "Producers discarded: fenced by another worker, or with a transaction of unknown fate.",
        "With every rebalance: the worker is too slow to answer the group; raise "
        "STREAMSEG_SESSION_TIMEOUT. Each costs a restore and loses nothing.",
    ),
)

STATE: Final = (
    _gauge(
        "contacts",
        "",
        ("partition",),
        "Contacts with state in a partition of events.",
        "Growing without end: ids that are not of contacts, such as one per session, are sent as "
        "`contact`.",
    ),
    _gauge(
        "products",
        "",
        ("partition",),
        "Products with facts in a partition of products.",
        "Much more than the shop sells: ids that are not of variants are sent as `product`.",
    ),
    _gauge(
        "state_bytes",
        "bytes",
        _PLACE,
        "Bytes of state at rest, keys and values.",
        "Divide by the contacts: above 400 B each, a rule remembers much; shorten its `within`, "
        "or narrow its `where`.",
    ),
    _gauge(
        "timers_pending",
        "",
        ("partition",),
        "Instants at which time alone will change a segment; about one for each contact that has "
        "any.",
        "Growing while `streamseg_triggers_fired_total` is flat: the partition's time stands "
        "still, see `streamseg_lag_seconds`.",
    ),
)

OWNERSHIP: Final = (
    _gauge(
        "partitions",
        "",
        ("phase",),
        "Partitions assigned to the worker, by phase: claiming, restoring, waiting (for the "
        "catalog) or running.",
        "`waiting` for minutes: no worker runs the catalog's partitions, or the products topic "
        "has a backlog. `claiming` for minutes: the broker does not answer.",
    ),
    _gauge(
        "restore_progress_ratio",
        "ratio",
        _PLACE,
        "How much of the changelog is read: 1 is all of it.",
        "Stands still: the broker does not serve the changelog; the worker starts over after a "
        "minute without progress.",
    ),
    _histogram(
        "restore_duration_seconds",
        "seconds",
        (),
        "Time to read the changelogs of the partitions that were taken over at once.",
        "Longer than the state explains: the changelog is not compacted; check "
        "`cleanup.policy=compact` with `streamseg topics plan`.",
    ),
    _counter(
        "takeovers",
        ("state",),
        "Partitions taken over: restored from the changelog, or warm with their state still here.",
        "Many of `restored` without deployments: workers lose their partitions; see "
        "`streamseg_rebalances_total`.",
    ),
    _counter(
        "rebalances",
        (),
        "Assignments received from the consumer group.",
        "Without workers coming or going: they miss heartbeats. Give them CPU, raise "
        "STREAMSEG_SESSION_TIMEOUT, or name them with STREAMSEG_GROUP_INSTANCE_ID.",
    ),
    _gauge(
        "kafka_up",
        "",
        (),
        "1 while the worker is a member of the group and Kafka answers, else 0.",
        "Check the brokers and STREAMSEG_BOOTSTRAP; the worker keeps trying and goes on by itself.",
    ),
    _gauge(
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

GROUPS: Final = (
    ("What comes in", INPUT),
    ("What goes out", OUTPUT),
    ("What is counted", COUNTS),
    ("Cycles and transactions", CYCLES),
    ("State", STATE),
    ("Partitions and Kafka", OWNERSHIP),
)
TABLE: Final = tuple(metric for _, metrics in GROUPS for metric in metrics)


if __name__ == "__main__":
    from streamseg.observe.page import main

    main()
