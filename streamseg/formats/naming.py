"""The names of contacts in outputs: ids, or pseudonyms where rules ask for these."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streamseg.core.identity.graves import pseudonym

if TYPE_CHECKING:
    from collections.abc import Collection


class Naming(NamedTuple):
    """The topics (by their short names) that tell pseudonyms, and the key of these."""

    topics: Collection[str] = ()
    key: bytes = b""

    def of(self, topic: str, contact: str) -> str:
        """The name of a contact in a topic."""
        return pseudonym(contact, self.key) if topic in self.topics else contact

    def all_of(self, contact: str) -> frozenset[str]:
        """All names of a contact; under former rules a topic may have had pseudonyms, too."""
        return frozenset([contact, pseudonym(contact, self.key)] if self.key else [contact])


IN_CLEAR = Naming()
