"""What the HTTP API asks of a worker. Every method may raise a Problem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from streamseg.explain.answers import ContactAnswer, WhyAnswer
    from streamseg.web.answers import (
        ProductAnswer,
        RulesChecked,
        SegmentsAnswer,
        WorkerAnswer,
    )

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

    def segments(self) -> SegmentsAnswer:
        """Its segments, with what it has counted."""

    def product(self, product: str) -> ProductAnswer:
        """What it knows of a product, and how many of its contacts wait for it."""

    def worker(self) -> WorkerAnswer:
        """Itself."""

    async def check_rules(self, text: str) -> RulesChecked:
        """What is wrong with rules."""
