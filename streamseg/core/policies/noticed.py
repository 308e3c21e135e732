"""What rules noticed of those who send events: figures for whoever runs a worker."""

from __future__ import annotations


class Noticed:
    """Counts since the last ``take``.

    ``unknown_zones``: how often a contact that was asked named a zone that there is not.
    ``for_triggers`` and ``other_messages``: how often a cap was told of a `message_sent` that
    named its trigger, and of one that did not. ``unreadable_dates``: by attribute, how often one
    that rules read as a date was told as something else. ``outcomes``: how many predictions of an
    order, by their tenth, came so, or not.
    """

    __slots__ = (
        "for_triggers",
        "other_messages",
        "outcomes",
        "unknown_zones",
        "unreadable_dates",
    )

    def __init__(self) -> None:
        self.unknown_zones = 0
        self.for_triggers = 0
        self.other_messages = 0
        self.unreadable_dates: dict[str, int] = {}
        self.outcomes: dict[tuple[int, bool], int] = {}

    def add(self, other: Noticed) -> None:
        """Add what another has counted."""
        self.unknown_zones += other.unknown_zones
        self.for_triggers += other.for_triggers
        self.other_messages += other.other_messages
        for path, count in other.unreadable_dates.items():
            self.unreadable_dates[path] = self.unreadable_dates.get(path, 0) + count
        for came, count in other.outcomes.items():
            self.outcomes[came] = self.outcomes.get(came, 0) + count

    def take(self) -> Noticed:
        """The counts, which begin anew."""
        taken = Noticed()
        taken.add(self)
        self.unknown_zones = self.for_triggers = self.other_messages = 0
        self.unreadable_dates, self.outcomes = {}, {}
        return taken
