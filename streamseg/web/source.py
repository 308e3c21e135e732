"""What the HTTP API asks of a worker. Every method may raise a Problem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import msgspec

    from streamseg.explain.answers import ContactAnswer, WhyAnswer
    from streamseg.web.answers import (
        KpisAnswer,
        LettersAnswer,
        LettersToResend,
        ProductAnswer,
        ResentAnswer,
        RulesAnswer,
        RulesChecked,
        RulesTested,
        RulesToTest,
        SegmentsAnswer,
        TimelineAnswer,
        WorkerAnswer,
    )

Positions = dict[tuple[str, int], int]  # by topic's short name and partition the next offset
HERE = ""  # as an owner: this worker


class Source(Protocol):
    """A worker, as it is asked. Where nothing else is said it answers of its own partitions only.

    What looks at state does so at once, between two cycles: it sees what is committed.
    """

    async def owner(self, contact: str, *, anew: bool = False) -> str | None:
        """The address of the worker that has a contact's partition; HERE, or None: nobody.

        ``anew``: what is known may be old.
        """

    async def members(self) -> dict[str, int]:
        """The addresses of the other workers of the group, and how many partitions of contacts
        each has.
        """

    def partitions(self) -> tuple[int, int]:
        """How many partitions of contacts this worker answers of, and how many there are."""

    def contact(self, contact: str, *, raw: bool) -> ContactAnswer:
        """A contact of one of its partitions."""

    def why(self, contact: str, segment: str, key: str | None) -> WhyAnswer:
        """Whether a contact is in a segment now, and why or why not."""

    async def past_why(self, contact: str, segment: str, key: str | None, at: int) -> WhyAnswer:
        """The same at an instant of the past."""

    async def links(self, answer: WhyAnswer, *, of_past: bool) -> None:
        """Add to an answer where triggers and decisions of it lie; ``of_past``: by its instant."""

    async def export(self, contact: str) -> msgspec.Raw:
        """All that is known of a contact, by all topics: a `Dossier`."""

    async def timeline(
        self, contact: str, since_ms: int, limit: int, cursor: str | None
    ) -> TimelineAnswer:
        """A contact's records by time."""

    async def segments(self) -> SegmentsAnswer:
        """Its segments, with what it has counted."""

    def product(self, product: str) -> ProductAnswer:
        """What it knows of a product, and how many of its contacts wait for it."""

    def worker(self) -> WorkerAnswer:
        """Itself."""

    def topics(self) -> dict[str, str]:
        """The address at which each topic can be browsed; empty where none is set."""

    async def check_rules(self, text: str) -> RulesChecked:
        """What is wrong with rules."""

    def rules_in_force(self) -> RulesAnswer:
        """The rules that it runs."""

    async def test_rules(self, asked: RulesToTest) -> RulesTested:
        """The triggers and decisions that rules would emit for sample events."""

    async def kpis(self, segment: str, days: int) -> KpisAnswer:
        """What was counted of a segment by all workers, in so many days up to today."""

    async def resend(self, asked: LettersToResend) -> ResentAnswer:
        """Send dead letters again."""

    async def letters(self, code: str | None, source: str | None, limit: int) -> LettersAnswer:
        """Dead letters, the latest first."""

    def names_of(self, contact: str) -> frozenset[str]:
        """All that a contact is called in topics: by its id, or a pseudonym."""

    def follow(
        self, topics: frozenset[str], seen: Positions
    ) -> AsyncGenerator[Message | None, None]:
        """What is told from now on, or where ``seen`` is not empty from there on; None when there
        is nothing new for some time.
        """


class Message:
    """What goes to a stream: its kind (a topic's short name, `gap` or `ping`), place and JSON."""

    __slots__ = ("contact", "id", "kind", "segment", "value")

    def __init__(
        self,
        kind: str,
        value: bytes = b"{}",
        id: str | None = None,
        contact: str | None = None,
        segment: str | None = None,
    ) -> None:
        self.kind = kind
        self.value = value
        self.id = id
        self.contact = contact
        self.segment = segment
