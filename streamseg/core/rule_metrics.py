"""Counts, for the operator's metrics, what only the rules can tell: of zones, dates, messages and
predictions.
"""

from __future__ import annotations


class RuleMetrics:
    """Counts since the last ``take``.

    - ``unknown_zones``: how often a policy needed a contact's zone, and the contact named an
      unknown one
    - ``for_triggers``, ``other_messages``: how many `message_sent` counted in a cap that named
      their trigger, and how many that named none
    - ``unreadable_dates``: by attribute, how often its value was no date though rules read it so
    - ``outcomes``: by (tenth of its probability, whether the order came), how many predictions
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

    def add(self, other: RuleMetrics) -> None:
        """Add the counts of another instance."""
        self.unknown_zones += other.unknown_zones
        self.for_triggers += other.for_triggers
        self.other_messages += other.other_messages
        for path, count in other.unreadable_dates.items():
            self.unreadable_dates[path] = self.unreadable_dates.get(path, 0) + count
        for came, count in other.outcomes.items():
            self.outcomes[came] = self.outcomes.get(came, 0) + count

    def take(self) -> RuleMetrics:
        """The counts so far; afterwards they are 0."""
        taken = RuleMetrics()
        taken.add(self)
        self.unknown_zones = self.for_triggers = self.other_messages = 0
        self.unreadable_dates, self.outcomes = {}, {}
        return taken
