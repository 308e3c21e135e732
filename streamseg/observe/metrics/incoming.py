"""What comes in: records, and how far behind a worker is."""

from __future__ import annotations

from typing import Final

from streamseg.observe.metric import PLACE, counter, gauge

INPUT: Final = (
    counter(
        "events_consumed",
        ("topic",),
        "Records that were read from a topic and either applied or refused. A batch that is "
        "retried counts again.",
        "Flat while `streamseg_lag_records` grows: the worker is stuck; look at `/healthz` and "
        "its log. Flat without lag: nobody produces events.",
    ),
    counter(
        "events_rejected",
        ("code",),
        "Records that were refused and sent to the dead letters, by reason.",
        "`streamseg dlq list` shows the records and why; fix the sender, then send them again "
        "with `streamseg dlq resend`.",
    ),
    counter(
        "fields_ignored",
        ("field",),
        "Fields of `data` that had a wrong type and were treated as missing. A batch that is "
        "retried counts again.",
        "A sender writes this field in another form than docs/semantics.md says, such as `19,90 "
        "EUR` for a price, so rules do not see the value. Fix the sender.",
    ),
    counter(
        "events_moved",
        PLACE,
        "Events whose `time` is more than 5 minutes after their arrival. The time of arrival is "
        "used instead.",
        "A sender's clock is ahead, or it writes local time as UTC: compare the `time` of new "
        "events with their records' timestamps, `streamseg tail events --json`.",
    ),
    counter(
        "events_duplicate",
        (),
        "Duplicates: events of contacts whose id, or whose order, was seen before. They change "
        "nothing.",
        "Some are normal: a sender retries. Many: a sender sends everything twice, or gives "
        "different events the same id, which loses events; look at them with `streamseg tail "
        "events --json`.",
    ),
    counter(
        "events_erased",
        (),
        "Events and merged state of an erased contact that are not later than the erasure. They "
        "are dropped.",
        "Some are normal after an erasure: late events. Many: a sender replays old events, or "
        "still sends events of a contact who asked to be forgotten.",
    ),
    counter(
        "records_lost",
        PLACE,
        "Input records that were deleted before they were read, and changelog records that are "
        "missing from the state.",
        "The worker has stopped, or was started with `--accept-loss`; its log says what is gone. "
        "Set a longer `retention.ms`, add workers, and give changelogs `cleanup.policy=compact`.",
    ),
    counter(
        "contacts_outgrown",
        (),
        "How often the state of a contact was too large for a changelog record and was made "
        "smaller. The contact's least recently touched keys are forgotten.",
        "The log names the contact by its pseudonym. It is often an id that a sender uses for "
        "everybody, such as `undefined` (compare with `streamseg contact pseudonym undefined`). "
        "Fix the sender, and look at the rule that remembers most (`streamseg rules explain`).",
    ),
    gauge(
        "lag_records",
        "",
        PLACE,
        "Consumer lag: offsets from the last applied record to the end of the partition, records "
        "in open transactions included.",
        "Growing: add workers up to the number of partitions. In one partition only: one key gets "
        "most records, its worker is stuck, or see `streamseg_lag_unstable_records`.",
    ),
    gauge(
        "lag_unstable_records",
        "",
        PLACE,
        "The part of the lag that cannot be read yet, as it lies behind an open transaction of a "
        "producer.",
        "Above 0 for longer than the producers' transaction timeout: a transaction hangs, and all "
        "records behind it wait.",
    ),
    gauge(
        "lag_seconds",
        "seconds",
        PLACE,
        "How far the partition's stream time is behind the wall clock while records wait; 0 when "
        "the partition is read to its end.",
        "Time-driven triggers are late by this much. After an outage it falls by itself; if it "
        "does not, see `streamseg_lag_records`.",
    ),
)
