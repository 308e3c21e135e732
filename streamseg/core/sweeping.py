"""Bringing changes of products to the contacts who wait for them, and to no others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from sys import intern
from typing import Final, cast

from streamseg.core.contact import Contact, keys_of
from streamseg.core.foreseeing import Foreseer
from streamseg.core.outcomes import ProductChange
from streamseg.core.products import ProductFacts
from streamseg.core.rule_set import RuleSet
from streamseg.core.shelf import Shelf
from streamseg.core.store import Store
from streamseg.core.sweeps import Sweep

BUILT_AT_ONCE: Final = 2_000  # contacts; some milliseconds


class Sweeper:
    """The products that a partition knows, who waits for which, and changes on their way.

    A change that concerns more than ``most`` contacts is left for ``work`` (None: never).
    ``schedule`` is told of each contact that was decided. The index of who waits is built little
    by little after a restore; until it is complete every change is left for ``work``.
    """

    def __init__(
        self,
        rules: RuleSet,
        contacts: Store[Contact],
        products: Store[ProductFacts],
        shelf: Shelf,
        most: int | None,
        schedule: Callable[[Contact], None],
    ) -> None:
        self.sweeps: Store[Sweep] = Store(b"w", Sweep.decode, Sweep.encode)
        self._rules = rules
        self._contacts = contacts
        self._products = products
        self._shelf = shelf
        self._most = most
        self._schedule = schedule
        self._waiting: dict[str, list[bytes] | tuple[bytes, ...]] = {}
        self._unread: list[bytes] = []  # contacts whose keys are not in the index yet
        self._early: set[tuple[str, bytes]] = set()  # what came into the index before its turn
        self._layout = 0
        self._left: dict[str, list[bytes]] = {}  # of a sweep, who is still to come, last first

    # -- who waits -------------------------------------------------------------------------

    def begin_index(self, layout: int) -> None:
        """Contacts rest, in states of this layout, whose keys are to be read; not those alive."""
        self._layout = layout
        if self._rules.by_product:
            live = {raw.encode() for raw in self._contacts.live}
            self._unread = [raw for raw in self._contacts.resting if raw not in live]

    def build_index(self, most: int | None) -> bool:
        """Find what the next ``most`` contacts at rest wait for (None: all). True when complete."""
        unread, early = self._unread, self._early
        if not unread:
            return True
        waiting = cast("dict[str, list[bytes]]", self._waiting)  # tuples when it is complete
        indexes = [table.index for table in self._rules.tables if table.per_product]
        resting, layout = self._contacts.resting, self._layout
        for raw in unread[-most:] if most is not None else unread:
            keyed = keys_of(resting[raw], layout)
            for index in indexes:
                for product in keyed.get(index, ()):
                    if early and (product, raw) in early:
                        continue
                    ids = waiting.get(product)
                    if ids is None:
                        waiting[intern(product)] = [raw]
                    elif ids[-1] is not raw:  # it may wait for the product in several segments
                        ids.append(raw)
        del unread[0 if most is None else -most :]
        if unread:
            return False
        # As tuples they take less; the few that grow become lists again.
        self._waiting = {product: tuple(ids) for product, ids in waiting.items()}
        self._early = set()
        return True

    def add_waiting(self, product: str, contact: bytes) -> None:
        """Note that a contact waits for a product from now on."""
        if self._unread:
            self._early.add((product, contact))
        waiting = self._waiting.get(product, ())
        if waiting and waiting[-1] == contact:
            return
        if type(waiting) is list:
            waiting.append(contact)
        else:
            self._waiting[intern(product)] = [*waiting, contact]

    def add_contact(self, contact: Contact) -> None:
        """Note all products that a contact waits for."""
        for table in self._rules.tables:
            if table.per_product:
                for product in contact.keyed.get(table.index, ()):
                    self.add_waiting(product, contact.raw)

    def _ids(self, sweep: Sweep) -> list[bytes]:
        """Who is still to be brought a change; the next one last."""
        left = self._left.get(sweep.product)
        if left is None:
            self.build_index(None)
            waiting = set(self._waiting.get(sweep.product, ()))
            left = sorted((raw for raw in waiting if raw > sweep.done), reverse=True)
            self._left[sweep.product] = left
        return left

    # -- changes ---------------------------------------------------------------------------

    def apply(self, decider: Foreseer, change: ProductChange) -> None:
        """Take over a product's facts and bring them to who waits, or leave that for ``work``."""
        product = change.product
        if self.sweeps.is_used:
            unfinished = self.sweeps.get(product)
            if unfinished is not None:
                self._sweep(decider, unfinished, None)
        before = self._products.get(product)
        after, concerns = self._shelf.step(before, change)
        if after is before:
            return
        self._products.add(product, after, None if before else self._shelf.one(product.encode()))
        if not concerns:
            return
        if self._most is None:
            self.build_index(None)
        waiting = len(self._waiting.get(product, ()))
        if not waiting and not self._unread:
            return
        before = before or ProductFacts()
        sweep = Sweep(product, before, change.time, _counts_from(before, change))
        self.sweeps.add(product, sweep)
        if self._most is None or (waiting <= self._most and not self._unread):
            self._sweep(decider, sweep, None)

    def work(self, decider: Foreseer, limit: int | None) -> int | None:
        """Bring changes to the next ``limit`` contacts; how many more there may be of it."""
        if self.sweeps.is_used and not self.build_index(None if limit is None else BUILT_AT_ONCE):
            return limit
        for product in self._unfinished():
            sweep = self.sweeps.get(product)
            if sweep is not None and (limit is None or limit > 0):
                done = self._sweep(decider, sweep, limit)
                limit = None if limit is None else limit - done
        return limit

    def catch_up(self, decider: Foreseer, contact: Contact) -> None:
        """Bring to a contact, before anything else, the changes that have not reached it."""
        for keys in list(contact.keyed.values()):
            for product in list(keys):
                sweep = self.sweeps.get(product)
                if sweep is not None and contact.raw > sweep.done:
                    self._bring(decider, sweep, contact)

    def _sweep(self, decider: Foreseer, sweep: Sweep, limit: int | None) -> int:
        left = self._ids(sweep)
        count = len(left) if limit is None else min(limit, len(left))
        for _ in range(count):
            raw = left.pop()
            contact = self._contacts.get(raw.decode())
            if contact is not None:
                self._bring(decider, sweep, contact)
            sweep.done = raw
        if not left:
            self.sweeps.remove(sweep.product)
            del self._left[sweep.product]
        return count

    def _bring(self, decider: Foreseer, sweep: Sweep, contact: Contact) -> None:
        decider.bring(contact, sweep)
        self._schedule(contact)

    def _unfinished(self) -> Iterable[str]:
        if not self.sweeps.is_used:
            return ()
        return [*(raw.decode() for raw in self.sweeps.resting), *self.sweeps.live]

    # -- batches ---------------------------------------------------------------------------

    def rollback(self) -> None:
        """Forget what the batch brought to whom."""
        self.sweeps.rollback()
        self._left = {}


def _counts_from(before: ProductFacts, change: ProductChange) -> int:
    """The instant from which a change counts: a late quantity of a location makes the stock another
    from the latest time known of that stock on.
    """
    if change.stock != before.stock and change.stock_time is not None:
        return change.stock_time
    return change.time
