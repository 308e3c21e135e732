"""The answers that are not about a contact, and the bodies of requests, as they stand in JSON."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec


class ProblemAnswer(msgspec.Struct):
    """What went wrong (RFC 9457); `code` is for programs, `detail` for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str


class Answered(msgspec.Struct):
    """Of how many partitions an answer tells, and of how many there are."""

    answered: int
    of: int


class Rates(msgspec.Struct):
    """How often something happened in the last minute, hour and day."""

    minute: int
    hour: int
    day: int


class SegmentAnswer(msgspec.Struct):
    """A segment as its workers see it since they started.

    `size` is who is in, and `members` how many on each rung; both are null where the rules do not
    ask for counts (`value: {kpis: …}`). `suppressed` goes by reason; entries count where the
    segment tells them (`membership: true`). `series` has how many triggers fired in each of the
    last 60 minutes, `hours` in each of the last 24 hours, the latest last. `alerts` names those of
    the rules' alerts that are raised now.
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
    entered: int
    fired_rates: Rates
    suppressed_rates: Rates
    entered_rates: Rates
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
    """What is known of a product, and how many contacts have it as a key of a segment."""

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
    """A partition of a worker's state; `lag` and `event_lag_ms` go by input."""

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
    """A worker: where it is asked, what it runs and under which rules."""

    url: str | None
    version: str
    compiled: bool
    rules: str | None
    generation: int | None
    assigned: int | None
    ready: int
    partitions: list[PartitionAnswer]


class WorkersAnswer(msgspec.Struct):
    """The members of the group that answered, and where each topic can be browsed, if that is set
    (`STREAMSEG_TOPIC_URL`).
    """

    partitions: Answered
    workers: list[WorkerAnswer]
    silent: list[str]
    topics: dict[str, str] = {}


class RulesText(msgspec.Struct, forbid_unknown_fields=True):
    """Rules to check: the text of a rule file."""

    yaml: str


class RuleProblem(msgspec.Struct):
    """A problem of a rule file, with its line and column, from 1."""

    line: int
    column: int
    message: str


class RulesChecked(msgspec.Struct):
    """What a check found; `ok` where there is no error."""

    ok: bool
    errors: list[RuleProblem]
    warnings: list[RuleProblem]
    segments: list[str]


class TimelineEntry(msgspec.Struct):
    """Something that happened to a contact: an event, or what was told. `place` is its record."""

    at: str
    stream: str
    type: str
    place: str
    value: Any


class TimelineAnswer(msgspec.Struct):
    """A contact's records by time, the latest first; `cursor` asks for those before."""

    contact: str
    entries: list[TimelineEntry]
    complete: bool
    cursor: str | None


class LetterAnswer(msgspec.Struct):
    """A dead letter: where it lies, why it was refused, and what it was; `source` is its record."""

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
    """Dead letters, the latest first, and how many there are by code, and by the topic of the
    refused record, of those looked at.
    """

    letters: list[LetterAnswer]
    codes: dict[str, int]
    sources: dict[str, int]
    complete: bool


class RulesAnswer(msgspec.Struct):
    """The rules that this worker runs: where it read them, the hash of the file, and its text."""

    file: str
    hash: str
    segments: int
    yaml: str


class RulesToTest(msgspec.Struct, forbid_unknown_fields=True):
    """Rules, and sample events, one JSON object a line; time goes on for `after` behind them."""

    yaml: str
    events: str
    after: str = "3d"


class RefusedLine(msgspec.Struct):
    """A sample event that was refused; `line` counts from 1."""

    line: int
    code: str
    message: str


class RulesTested(msgspec.Struct):
    """What rules would tell of sample events: the first triggers and decisions, as they would
    stand in their topics, and how many there are. `refused` counts lines by code.
    """

    told: list[dict[str, Any]]
    fired: int
    cancelled: int
    held_back: int
    refused: dict[str, int]
    first_refused: RefusedLine | None


class LettersToResend(msgspec.Struct, forbid_unknown_fields=True):
    """Letters to send again, `partition@offset`; `rekey` puts wrong keys and partitions right."""

    letters: Annotated[
        list[Annotated[str, msgspec.Meta(pattern="^[0-9]{1,9}@[0-9]{1,18}$")]],
        msgspec.Meta(min_length=1, max_length=1000),
    ]
    rekey: bool = False


class ResentLetter(msgspec.Struct):
    """A letter, and what became of it: the place it went to, or why it was left."""

    letter: str
    became: str


class ResentAnswer(msgspec.Struct):
    """How many letters were sent, and how many left."""

    sent: int
    left: int
    letters: list[ResentLetter]


class Resent(msgspec.Struct):
    """What the program that sends letters again tells: an answer, or why there is none."""

    answer: ResentAnswer | None
    error: str | None = None


class KpisAnswer(msgspec.Struct):
    """What was counted of a segment, by day and variant, and what came of it.

    `mature` sums the days whose exposures have all ended, `so_far` the younger ones, and `variants`
    has both of each variant; sums of money are texts. `lift` is what messages bring more than none,
    of the rate and of revenue; null where nobody was kept aside. `census` has by instant what was
    summed of the members as of it: what their orders are expected to be worth, and their scores; of
    two instants, where not all partitions have told the later one. `docs/kpis.md` has the figures.
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
    """What the program that reads all topics tells: a `Dossier`, or why there is none. It is passed
    on as it is.
    """

    answer: msgspec.Raw
    error: str | None = None


class KpisFound(msgspec.Struct):
    """What the program that reads the statistics tells: an answer, or why there is none."""

    answer: KpisAnswer | None
    error: str | None = None
