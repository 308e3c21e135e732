"""Which records of a topic are shown: those of a contact, of a segment, or all."""

from typing import Final, NamedTuple

from streamseg.tail.reading import Record
from streamseg.tail.rendering import Stream, message_of

OF_SEGMENTS: Final = (Stream.TRIGGERS, Stream.MEMBERSHIP, Stream.DECISIONS)
"""What tells of segments."""


class Choice(NamedTuple):
    """A contact, by all its names, and a segment; None is any.

    A record is of the contact whom its key names, or, as with a dead letter under a wrong key, its
    value.
    """

    names: frozenset[str] | None = None
    segment: str | None = None

    def has(self, record: Record) -> bool:
        """Whether the record is shown."""
        names = self.names
        if names is None and self.segment is None:
            return True
        is_hers = names is None or record.key in {name.encode() for name in names}
        if is_hers and self.segment is None:
            return True
        message = message_of(record) or {}
        is_hers = is_hers or (names is not None and message.get("contact") in names)
        return is_hers and self.segment in (None, message.get("segment"))
