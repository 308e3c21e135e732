"""How contacts are called in what is told: by ids, or, where rules ask for it, by pseudonyms."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streamseg.core.graves import pseudonym

if TYPE_CHECKING:
    from collections.abc import Collection


class Naming(NamedTuple):
    """The topics (by their short names) that tell pseudonyms, and the key of these."""

    topics: Collection[str] = ()
    key: bytes = b""

    def of(self, topic: str, contact: str) -> str:
        """What a contact is called in a topic."""
        return pseudonym(contact, self.key) if topic in self.topics else contact

    def all_of(self, contact: str) -> frozenset[str]:
        """All that a contact is called; under former rules it may have been a pseudonym, too."""
        return frozenset([contact, pseudonym(contact, self.key)] if self.key else [contact])


IN_CLEAR = Naming()
