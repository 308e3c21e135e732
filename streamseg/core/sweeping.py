"""Bringing changes of products to the contacts who wait for them, and to no others."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from streamseg.core.contact import Contact, keys_of
from streamseg.core.deciding import Decider
from streamseg.core.outcomes import ProductChange
from streamseg.core.products import ProductFacts
from streamseg.core.segments import RuleSet
from streamseg.core.store import Store
from streamseg.core.sweeps import Sweep


class Sweeper:
    """The products that a partition knows, who waits for which, and changes on their way.

    A change that concerns more than ``most`` contacts is left for ``work`` (None: never).
    ``schedule`` is told of each contact that was decided.
    """

    def __init__(
        self,
        rules: RuleSet,
        contacts: Store[Contact],
        products: Store[ProductFacts],
        most: int | None,
        schedule: Callable[[Contact], None],
    ) -> None:
        self.sweeps: Store[Sweep] = Store(b"w", Sweep.decode, Sweep.encode)
        self._rules = rules
        self._contacts = contacts
        self._products = products
        self._most = most
        self._schedule = schedule
        self._waiting: dict[bytes, list[bytes] | tuple[bytes, ...]] = {}
        self._left: dict[str, list[bytes]] = {}  # of a sweep, who is still to come, last first

    # -- who waits -------------------------------------------------------------------------

    def build_index(self, layout: int) -> None:
        """Find who waits for which product in the contacts at rest."""
        indexes = [table.index for table in self._rules.tables if table.per_product]
        waiting: dict[str, list[bytes]] = {}
        for raw, value in self._contacts.resting.items() if indexes else ():
            keyed = keys_of(value, layout)
            for index in indexes:
                for product in keyed.get(index, ()):
                    if product in waiting:
                        waiting[product].append(raw)
                    else:
                        waiting[product] = [raw]
        # As tuples they take less; the few that grow become lists again.
        self._waiting = {product.encode(): tuple(ids) for product, ids in waiting.items()}

    def add_waiting(self, product: str, contact: bytes) -> None:
        """Note that a contact waits for a product from now on."""
        raw = product.encode()
        waiting = self._waiting.get(raw)
        if type(waiting) is list:
            waiting.append(contact)
        else:
            self._waiting[raw] = [*(waiting or ()), contact]

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
            waiting = set(self._waiting.get(sweep.product.encode(), ()))
            left = sorted((raw for raw in waiting if raw > sweep.done), reverse=True)
            self._left[sweep.product] = left
        return left

    # -- changes ---------------------------------------------------------------------------

    def apply(self, decider: Decider, change: ProductChange) -> None:
        """Take over a product's facts and bring them to who waits, or leave that for ``work``."""
        product = change.product
        if self.sweeps.is_used:
            unfinished = self.sweeps.get(product)
            if unfinished is not None:
                self._sweep(decider, unfinished, None)
        facts = self._products.get(product)
        if facts is None:
            facts = ProductFacts()
            self._products.add(product, facts)
        sweep = Sweep(product, facts.copy(), change.time)
        facts.apply(change)
        if not self._rules.depend_on(sweep.before, facts):
            return
        self.sweeps.add(product, sweep)
        if self._most is None or len(self._waiting.get(product.encode(), ())) <= self._most:
            self._sweep(decider, sweep, None)

    def work(self, decider: Decider, limit: int | None) -> int | None:
        """Bring changes to the next ``limit`` contacts; how many more there may be of it."""
        for product in self._unfinished():
            sweep = self.sweeps.get(product)
            if sweep is not None and (limit is None or limit > 0):
                done = self._sweep(decider, sweep, limit)
                limit = None if limit is None else limit - done
        return limit

    def catch_up(self, decider: Decider, contact: Contact) -> None:
        """Bring to a contact, before anything else, the changes that have not reached it."""
        for keys in list(contact.keyed.values()):
            for product in list(keys):
                sweep = self.sweeps.get(product)
                if sweep is not None and contact.raw > sweep.done:
                    self._bring(decider, sweep, contact)

    def _sweep(self, decider: Decider, sweep: Sweep, limit: int | None) -> int:
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

    def _bring(self, decider: Decider, sweep: Sweep, contact: Contact) -> None:
        decider.bring(contact, sweep.product, sweep.before, sweep.time)
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
