"""The answers that are not about a contact, and the bodies of requests, as JSON."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec


class ProblemAnswer(msgspec.Struct):
    """An error (RFC 9457); `code` is for programs, `detail` for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str


class Answered(msgspec.Struct):
    """How many partitions have answered, and how many there are (`of`)."""

    answered: int
    of: int


class Rates(msgspec.Struct):
    """How often something happened in the last minute, hour and day."""

    minute: int
    hour: int
    day: int


class SegmentAnswer(msgspec.Struct):
    """A segment, as counted by the workers since they started.

    `size` is the number of members, and `members` the number on each rung; both are null unless the
    rules ask for counts (`value: {kpis: …}` or `alerts`). `suppressed` counts by reason. `entered`
    and its rates are null unless the segment has `membership: true`. `series` has the number of
    triggers fired in each of the last 60 minutes, `hours` in each of the last 24 hours, the latest
    last.
    `alerts` names the alerts of the rules that are raised now.
    """

    segment: str
    version: str
    kind: str
    per: str | None
    rungs: list[str | None]
    members: dict[str, int] | None
    fired: int
    cancelled: int
    suppressed: dict[str, int]
    entered: int | None
    fired_rates: Rates
    suppressed_rates: Rates
    entered_rates: Rates | None
    series: list[int]
    shadow: bool = False
    size: int | None = None
    hours: list[int] = []
    alerts: list[str] = []


class SegmentsAnswer(msgspec.Struct):
    """All segments, in the order of the rule file."""

    generation: int | None
    partitions: Answered
    segments: list[SegmentAnswer]


class ProductAnswer(msgspec.Struct):
    """The facts of a product, and how many contacts have it as a key of a segment."""

    product: str
    stock: Any
    price: Any
    currency: str | None
    category: str | None
    brand: str | None
    name: str | None
    out_of_stock: bool
    turns: list[str]
    changed_at: str | None
    waiting: int
    partitions: Answered


class PartitionAnswer(msgspec.Struct):
    """A partition of a worker; `lag` (records) and `event_lag_ms` are by input."""

    kind: str
    partition: int
    phase: str
    lag: dict[str, int]
    event_lag_ms: dict[str, int]
    contacts: int
    state_bytes: int
    restored: int
    restore_total: int


class WorkerAnswer(msgspec.Struct):
    """A worker: the address of its API, its version and its rules."""

    url: str | None
    version: str
    compiled: bool
    rules: str | None
    generation: int | None
    assigned: int | None
    ready: int
    partitions: list[PartitionAnswer]


class WorkersAnswer(msgspec.Struct):
    """The members of the group that answered, and the URL of each topic in the topic browser, if
    `STREAMSEG_TOPIC_URL` is set.
    """

    partitions: Answered
    workers: list[WorkerAnswer]
    silent: list[str]
    topics: dict[str, str] = {}


class RulesText(msgspec.Struct, forbid_unknown_fields=True):
    """Rules to check: the text of a rule file."""

    yaml: str


class RuleProblem(msgspec.Struct):
    """An error or warning of a rule file, with its line and column, counted from 1."""

    line: int
    column: int
    message: str


class RulesChecked(msgspec.Struct):
    """The result of a check; `ok` if there is no error."""

    ok: bool
    errors: list[RuleProblem]
    warnings: list[RuleProblem]
    segments: list[str]


class TimelineEntry(msgspec.Struct):
    """An event of a contact, or a record about it. `place` is the record's place."""

    at: str
    stream: str
    type: str
    place: str
    value: Any


class TimelineAnswer(msgspec.Struct):
    """A contact's records, the latest first; pass `cursor` to get older ones. `merged_into` is the
    contact if the one that was asked for was merged into it.
    """

    contact: str
    entries: list[TimelineEntry]
    complete: bool
    cursor: str | None
    merged_into: str | None = None


class LetterAnswer(msgspec.Struct):
    """A dead letter: its place, why the record was refused, and its content; `source` is the place
    of the refused record.
    """

    place: str
    written_at: str
    code: str
    message: str
    source: str
    key: str | None
    value: str | None
    value_hex: str | None
    size: int
    resent: bool


class LettersAnswer(msgspec.Struct):
    """Dead letters, the latest first. `codes` and `sources` count the letters that were read, by
    code and by the topic of the refused record.
    """

    letters: list[LetterAnswer]
    codes: dict[str, int]
    sources: dict[str, int]
    complete: bool


class RulesAnswer(msgspec.Struct):
    """The rules that this worker runs: the file's path, hash and text."""

    file: str
    hash: str
    segments: int
    yaml: str


class RulesToTest(msgspec.Struct, forbid_unknown_fields=True):
    """Rules and sample events, one JSON object a line; time advances by `after` beyond the last
    event.
    """

    yaml: str
    events: str
    after: str = "3d"


class RefusedLine(msgspec.Struct):
    """A sample event that was refused; `line` counts from 1."""

    line: int
    code: str
    message: str


class RulesTested(msgspec.Struct):
    """What rules would emit for sample events: the first triggers and decisions, as records of
    their topics, and how many there are in all. `refused` counts lines by code.
    """

    told: list[dict[str, Any]]
    fired: int
    cancelled: int
    held_back: int
    refused: dict[str, int]
    first_refused: RefusedLine | None


class LettersToResend(msgspec.Struct, forbid_unknown_fields=True):
    """Dead letters to send again, as `partition@offset`; `rekey` corrects wrong keys and
    partitions.
    """

    letters: Annotated[
        list[Annotated[str, msgspec.Meta(pattern="^[0-9]{1,9}@[0-9]{1,18}$")]],
        msgspec.Meta(min_length=1, max_length=1000),
    ]
    rekey: bool = False


class ResentLetter(msgspec.Struct):
    """A dead letter, and the place to which it was sent, or why it was left out."""

    letter: str
    became: str


class ResentAnswer(msgspec.Struct):
    """How many dead letters were sent, and how many were left out."""

    sent: int
    left: int
    letters: list[ResentLetter]


class Resent(msgspec.Struct):
    """The output of the program that sends dead letters again: an answer, or an error."""

    answer: ResentAnswer | None
    error: str | None = None


class KpisAnswer(msgspec.Struct):
    """The counts of a segment, by day and variant, with conversions and lift.

    `mature` sums the days whose exposures have all ended, `so_far` the younger days, and `variants`
    has both for each variant; sums of money are texts. `lift` is the difference that messages make
    against the control group, for the conversion rate and for revenue; null without a control
    group. `census` has, by instant, sums over the members as of it: the expected worth of their
    orders, and their scores. It has two instants while not all partitions have reported the later
    one. `docs/kpis.md` defines the figures.
    """

    segment: str
    zone: str | None
    within_ms: int | None
    days: list[dict[str, Any]]
    mature: dict[str, Any]
    so_far: dict[str, Any]
    variants: list[dict[str, Any]]
    lift: dict[str, dict[str, Any] | None]
    census: dict[str, dict[str, Any]] = {}


class DossierFound(msgspec.Struct):
    """The output of the program that reads all topics: a `Dossier`, which is passed on unchanged,
    or an error.
    """

    answer: msgspec.Raw
    error: str | None = None


class KpisFound(msgspec.Struct):
    """The output of the program that reads the statistics: an answer, or an error."""

    answer: KpisAnswer | None
    error: str | None = None
