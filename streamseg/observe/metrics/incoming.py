"""What comes in: records, and how far behind a worker is."""

from __future__ import annotations

from typing import Final

from streamseg.observe.metric import PLACE, counter, gauge

INPUT: Final = (
    counter(
        "events_consumed",
        ("topic",),
        "Records read from a topic and either applied or refused; a batch that is redone counts "
        "again.",
        "Flat while `streamseg_lag_records` grows: the worker is stuck; look at `/healthz` and "
        "its log. Flat without lag: nothing is produced.",
    ),
    counter(
        "events_rejected",
        ("code",),
        "Records sent to the dead letters, by what is wrong with them.",
        "`streamseg dlq list` shows the records and why; mend the sender, then send them again "
        "with `streamseg dlq resend`.",
    ),
    counter(
        "fields_ignored",
        ("field",),
        "Fields of `data` that were of a wrong type and taken for missing; a batch that is redone "
        "counts again.",
        "A sender writes this field otherwise than docs/semantics.md says, such as `19,90 EUR` for "
        "a price: rules on it do not see the value. Mend the sender.",
    ),
    counter(
        "events_moved",
        PLACE,
        "Events dated more than 5 minutes after their arrival, and counted at their arrival.",
        "A sender's clock is ahead, or it writes local time as UTC: compare the `time` of new "
        "events with their records' timestamps, `streamseg tail events --json`.",
    ),
    counter(
        "events_duplicate",
        (),
        "Events of contacts with an id, or an order, that had come before; they change nothing.",
        "Some are normal: a sender tries again. Many: a sender sends all twice, or gives different "
        "events one id, and those are lost; look at them with `streamseg tail events --json`.",
    ),
    counter(
        "events_erased",
        (),
        "Events and states of contacts who were erased, not younger than that: they are dropped.",
        "Some are normal after an erasure: late events. Many: a sender writes old events again, or "
        "goes on writing of a contact who asked to be forgotten.",
    ),
    counter(
        "records_lost",
        PLACE,
        "Records that were deleted before they were read, and of changelogs those that state is "
        "missing from.",
        "The worker has stopped, or was started with `--accept-loss`; its log says what is gone. "
        "Longer `retention.ms`, more workers, and `cleanup.policy=compact` for changelogs.",
    ),
    counter(
        "contacts_outgrown",
        (),
        "Times that a contact whose state no longer fits into a record of the changelog was made "
        "smaller; the keys that it touched longest ago are forgotten.",
        "The log has the contact's pseudonym: often of a name that a sender gives to everybody, "
        "such as `undefined` (`streamseg contact pseudonym undefined`). Mend the sender, and look "
        "at the rule that remembers most (`streamseg rules explain`).",
    ),
    gauge(
        "lag_records",
        "",
        PLACE,
        "Offsets between the last record applied and the end of the partition, records in open "
        "transactions included.",
        "Growing: add workers up to the number of partitions. In one partition only: one key gets "
        "most records, its worker is stuck, or see `streamseg_lag_unstable_records`.",
    ),
    gauge(
        "lag_unstable_records",
        "",
        PLACE,
        "Of the lag, the offsets that nobody may read yet, because a producer's transaction before "
        "them is open.",
        "Above 0 for longer than the producers' transaction timeout: a transaction hangs, and "
        "everything behind it waits.",
    ),
    gauge(
        "lag_seconds",
        "seconds",
        PLACE,
        "How far the partition's time is behind the wall clock while records wait; 0 when it is "
        "read to its end.",
        "Triggers of time come this much late. After an outage it falls by itself; if it does "
        "not, see `streamseg_lag_records`.",
    ),
)
