"""Which records of a topic are shown: those of a contact, of a segment, or all."""

from typing import Final, NamedTuple

from streamseg.tail.reading import Record
from streamseg.tail.rendering import Stream, message_of

OF_SEGMENTS: Final = (Stream.TRIGGERS, Stream.MEMBERSHIP, Stream.DECISIONS)
"""What tells of segments."""


class Choice(NamedTuple):
    """A contact and a segment; None is any.

    A record is of the contact whom its key names, or, as with a dead letter under a wrong key, its
    value.
    """

    contact: str | None = None
    segment: str | None = None

    def has(self, record: Record) -> bool:
        """Whether the record is shown."""
        if self.contact is None and self.segment is None:
            return True
        is_hers = self.contact is None or record.key == self.contact.encode()
        if is_hers and self.segment is None:
            return True
        message = message_of(record) or {}
        return (is_hers or message.get("contact") == self.contact) and self.segment in (
            None,
            message.get("segment"),
        )
