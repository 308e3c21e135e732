"""Products as one contact sees them: the facts before a change, until that is delivered."""

from __future__ import annotations

from collections.abc import Sequence

from streamseg.core.contact import NEVER_DECIDED, Contact
from streamseg.core.features.base import FOREVER
from streamseg.core.key_groups import KeyGroup
from streamseg.core.passes import Change
from streamseg.core.products import ProductFacts
from streamseg.core.store import Store


class ProductView:
    """The facts of ``products``, for one contact at a time; which it has as keys in ``key_groups``.

    ``horizon``: no product has changed after this instant. ``later``: products of an event that
    changed after it, and when; ``event_instant`` is the instant at which that event is decided
    (FOREVER: there is none).
    """

    def __init__(self, products: Store[ProductFacts], key_groups: Sequence[KeyGroup]) -> None:
        self.horizon = NEVER_DECIDED
        self.event_instant = FOREVER
        self.later: dict[str, int] = {}
        self._products = products
        self._key_groups = [key_group.index for key_group in key_groups if key_group.per_product]
        self._before: dict[str, ProductFacts] = {}  # of products, until their change is brought

    def facts(self, key: str) -> ProductFacts | None:
        """What the contact sees of a product."""
        if self._before and key in self._before:
            return self._before[key]
        return self._products.get(key)

    def is_later(self, key: str, facts: ProductFacts) -> bool:
        """Whether a key is decided only at its product's change, after the event that brings it."""
        if self.later and key in self.later:
            return True
        changed_at = facts.changed_at
        if changed_at is None or changed_at <= self.event_instant:
            return False
        self.later[key] = changed_at
        return True

    def hold_back(self, changes: Sequence[Change]) -> None:
        """Have the contact see products as they were before changes that are to be brought."""
        for change in reversed(changes):
            self._before[change.product] = change.before

    def release(self, product: str) -> None:
        """Have the next contact see a product as it is."""
        self._before.pop(product, None)

    def bring(self, change: Change, others: Sequence[Change]) -> ProductFacts:
        """Have the contact see a change, before the ``others``; the facts after it."""
        product = change.product
        del self._before[product]
        for other in others:
            if other.product == product:
                self._before[product] = other.before
                break
        after = self.facts(product)
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

    def instant_of(self, contact: Contact, instant: int, horizon: int) -> int:
        """The contact's latest decided instant, once it is brought to ``instant``: at least that of
        the last change, up to the ``horizon``, of a product that it has as a key. So changes that
        no rule asks about need not be delivered.
        """
        latest = max(contact.latest, instant)
        if latest >= horizon:
            return latest
        for product in self.products_of(contact):
            facts = self.facts(product)
            changed_at = None if facts is None else facts.changed_at
            if changed_at is not None and latest < changed_at <= horizon:
                latest = changed_at
        return latest
