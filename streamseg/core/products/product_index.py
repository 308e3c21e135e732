"""The index from products to the contacts that have them as keys; derived from the state."""

from __future__ import annotations

from collections.abc import Sequence
from sys import intern

from streamseg.core.contacts.contact import Contact
from streamseg.core.contacts.resting import keys_of, layout_of
from streamseg.core.segments.key_groups import KeyGroup
from streamseg.core.store import Store

Entry = tuple[str, bytes]


class ProductIndex:
    """By product the contacts that have it as a key in one of the ``key_groups``.

    After a restore it is built little by little. What a batch adds is in the index at once; what a
    batch drops leaves the index when the batch is installed. So no contact is ever missing, not
    after a rollback either; a contact that has lost a key may still be there.
    """

    def __init__(self, contacts: Store[Contact], key_groups: Sequence[KeyGroup]) -> None:
        self._contacts = contacts
        self._key_groups = [key_group.index for key_group in key_groups if key_group.per_product]
        self._ids: dict[str, list[bytes] | tuple[bytes, ...]] = {}
        self._gone: dict[str, set[bytes]] = {}  # contacts in _ids that lost the product
        self._unread: list[bytes] = []  # contacts at rest whose keys are not in the index yet
        self._early: set[Entry] = set()  # entries added before their contact was read
        self._layout = 0
        self._added: set[Entry] = set()
        self._dropped: set[Entry] = set()

    @property
    def is_complete(self) -> bool:
        """Whether all contacts at rest are read."""
        return not self._unread

    def begin(self, layout: int, *, is_mixed: bool) -> None:
        """Note the contacts at rest to read. Contacts that rest under another layout (there are
        some if ``is_mixed``) are added when they are migrated.
        """
        self._layout = layout
        if self._key_groups:
            live = {raw.encode() for raw in self._contacts.live}
            self._unread = [
                raw
                for raw, value in self._contacts.resting.items()
                if raw not in live and not (is_mixed and layout_of(value) != layout)
            ]

    def build(self, limit: int | None) -> bool:
        """Read the next ``limit`` contacts at rest (None: all). True when complete."""
        unread, early, ids = self._unread, self._early, self._ids
        if not unread:
            return True
        resting, layout = self._contacts.resting, self._layout
        for raw in unread[-limit:] if limit is not None else unread:
            value = resting.get(raw)
            keyed = {} if value is None else keys_of(value, layout)
            for index in self._key_groups:
                for product in keyed.get(index, ()):
                    if early and (product, raw) in early:
                        continue
                    known = ids.get(product)
                    if known is None:
                        ids[intern(product)] = [raw]
                    elif known[-1] is not raw:  # it may be a key in several key groups
                        ids[product] = _with(known, raw)
        del unread[0 if limit is None else -limit :]
        if unread:
            return False
        # As tuples they take less; the few that grow become lists again.
        self._ids = {product: tuple(known) for product, known in ids.items()}
        self._early = set()
        return True

    def of(self, product: str) -> Sequence[bytes]:
        """The contacts that have a product as a key, and perhaps some that had it."""
        ids = self._ids.get(product, ())
        gone = self._gone.get(product)
        return [raw for raw in ids if raw not in gone] if gone else ids

    def count(self, product: str) -> int:
        """About how many contacts have a product as a key; 0 only where none has."""
        return len(self._ids.get(product, ()))

    def add_contact(self, contact: Contact) -> None:
        """Add a contact for all products that it has as keys."""
        for product in {
            key for key_group in self._key_groups for key in contact.keys.get(key_group, ())
        }:
            self.add(product, contact.raw)

    def add(self, product: str, raw: bytes) -> None:
        """Note that a contact has a product as a key from now on, in a first
        or another key group.
        """
        entry = product, raw
        if self._dropped and entry in self._dropped:
            self._dropped.discard(entry)
            return
        gone = self._gone.get(product) if self._gone else None
        if gone and raw in gone:
            gone.discard(raw)
        else:
            ids = self._ids.get(product, ())
            if entry in self._added or (ids and ids[-1] == raw):
                return
            if self._unread:
                self._early.add(entry)
            self._ids[product if ids else intern(product)] = _with(ids, raw)
        self._added.add(entry)

    def drop(self, product: str, contact: Contact) -> None:
        """Note that a contact has lost a product as a key of one key group."""
        if any(product in contact.keys.get(key_group, ()) for key_group in self._key_groups):
            return
        entry = product, contact.raw
        if entry in self._added:
            self._added.discard(entry)
            self._remove(*entry)
        else:
            self._dropped.add(entry)

    def install(self) -> None:
        """Note that the batch is committed."""
        for entry in self._dropped:
            self._remove(*entry)
        self._added, self._dropped = set(), set()

    def rollback(self) -> None:
        """Undo what the batch has added and dropped."""
        for entry in self._added:
            self._remove(*entry)
        self._added, self._dropped = set(), set()

    def _remove(self, product: str, raw: bytes) -> None:
        ids = self._ids.get(product, ())
        if self._unread:  # a contact that is not read yet is not in the index
            self._early.discard((product, raw))
            self._keep(product, [one for one in ids if one != raw])
            return
        gone = self._gone.setdefault(product, set())
        gone.add(raw)
        if 2 * len(gone) > len(ids):  # so that it costs little, however many there are
            del self._gone[product]
            self._keep(product, [one for one in ids if one not in gone])

    def _keep(self, product: str, ids: list[bytes]) -> None:
        """Set the contacts of a product; an empty list takes no entry."""
        if ids:
            self._ids[product] = ids
        else:
            self._ids.pop(product, None)


def _with(ids: list[bytes] | tuple[bytes, ...], raw: bytes) -> list[bytes]:
    if isinstance(ids, list):
        ids.append(raw)
        return ids
    return [*ids, raw]
