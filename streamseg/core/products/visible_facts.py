"""The facts of products as one contact sees them: a change is seen once it is delivered."""

from __future__ import annotations

from collections.abc import Sequence

from streamseg.core.contacts.contact import NEVER_DECIDED, Contact
from streamseg.core.features.base import FOREVER
from streamseg.core.products.facts import ProductFacts
from streamseg.core.products.product_pass import Change
from streamseg.core.segments.key_groups import KeyGroup
from streamseg.core.store import Store


class VisibleFacts:
    """The facts of ``products`` as one contact at a time sees them.

    - ``horizon``: when any product has changed last
    - ``event_instant``: the instant at which an event is being evaluated (FOREVER: none is)
    - ``later``: the products that this event names and that have changed after it, and when
    """

    def __init__(self, products: Store[ProductFacts], key_groups: Sequence[KeyGroup]) -> None:
        self.horizon = NEVER_DECIDED
        self.event_instant = FOREVER
        self.later: dict[str, int] = {}
        self._products = products
        self._key_groups = [key_group.index for key_group in key_groups if key_group.per_product]
        self._before: dict[str, ProductFacts] = {}  # facts from before changes to be delivered

    def of(self, key: str) -> ProductFacts | None:
        """What the contact sees of a product."""
        if self._before and key in self._before:
            return self._before[key]
        return self._products.get(key)

    def is_after_event(self, key: str, facts: ProductFacts) -> bool:
        """Whether a product has changed after the event that names it. If so, this is noted in
        ``later``: the key is evaluated at the change, not at the event.
        """
        if self.later and key in self.later:
            return True
        changed_at = facts.changed_at
        if changed_at is None or changed_at <= self.event_instant:
            return False
        self.later[key] = changed_at
        return True

    def hide(self, changes: Sequence[Change]) -> None:
        """Show the products as they were before these changes, which are to be delivered."""
        for change in reversed(changes):
            self._before[change.product] = change.before

    def show(self, product: str) -> None:
        """Show a product as it is, with all its changes."""
        self._before.pop(product, None)

    def reveal(self, change: Change, others: Sequence[Change]) -> ProductFacts:
        """Show a hidden change, but not the ``others`` that follow; returns the facts after it."""
        product = change.product
        del self._before[product]
        for other in others:
            if other.product == product:
                self._before[product] = other.before
                break
        after = self.of(product)
        assert after is not None
        return after

    def products_of(self, contact: Contact) -> list[str]:
        """The products that a contact has as keys."""
        keyed = contact.keys
        key_groups = [keyed[one] for one in self._key_groups if one in keyed]
        return list(dict.fromkeys(key for keys in key_groups for key in keys))

    def has_product(self, contact: Contact, product: str) -> bool:
        """Whether a contact has a product as a key."""
        keyed = contact.keys
        if keyed:
            for key_group in self._key_groups:
                if product in keyed.get(key_group, ()):
                    return True
        return False

    def decided_instant(self, contact: Contact, instant: int, horizon: int) -> int:
        """The latest decided instant that a contact gets when it comes to ``instant``.

        It is not before the last change, up to the ``horizon``, of any product that the contact has
        as a key. So changes that are not delivered, because no rule asks about them, count, too.
        """
        latest = max(contact.latest, instant)
        if latest >= horizon:
            return latest
        for product in self.products_of(contact):
            facts = self.of(product)
            changed_at = None if facts is None else facts.changed_at
            if changed_at is not None and latest < changed_at <= horizon:
                latest = changed_at
        return latest
