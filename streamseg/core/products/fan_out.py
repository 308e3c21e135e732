"""The fan-out: delivers a product's change to the contacts that have it as a key."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from streamseg.core.contacts.contact import Contact
from streamseg.core.evaluation.evaluator import Evaluator
from streamseg.core.messages.outcomes import ProductChange
from streamseg.core.products.fact_cache import FactCache
from streamseg.core.products.facts import ProductFacts
from streamseg.core.products.product_index import ProductIndex
from streamseg.core.products.product_pass import Change, ProductPass
from streamseg.core.rule_change.rule_pass import RulePass
from streamseg.core.store import Store
from streamseg.core.walk import Walk

# Delivers to a contact the changes that are still on their way to it, and then this one, if any.
Deliver = Callable[[bytes, Change | None], None]
BUILT_AT_ONCE: Final = 2_000  # contacts; some milliseconds


class FanOut:
    """Delivers product changes: at once, or by a pass in slices.

    A change that concerns up to ``slice_size`` contacts (None: any number) is delivered at once. A
    pass delivers it (see ``work``) where it concerns more, where the ``index`` is not complete, or
    where some contacts still rest under other rules.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        products: Store[ProductFacts],
        passes: Store[ProductPass],
        fact_cache: FactCache,
        index: ProductIndex,
        rule_pass: RulePass,
        slice_size: int | None,
    ) -> None:
        self._passes = passes
        self._evaluator = evaluator
        self._products = products
        self._fact_cache = fact_cache
        self._index = index
        self._rule_pass = rule_pass
        self._slice = slice_size
        self._queue: deque[str] = deque()  # products that have a pass
        self._is_queue_restored = False  # whether the passes of a restored state are in the queue
        self._number = 0  # of the last change that joined a pass
        self._walks: dict[str, Walk] = {}  # by product, the walk of its pass over contacts

    # -- changes ---------------------------------------------------------------------------

    def apply(self, change: ProductChange, deliver: Deliver) -> None:
        """Store a product's new facts, and deliver the change or hand it to a pass."""
        product = change.product
        before = self._products.get(product)
        after, concerns = self._fact_cache.apply_change(before, change)
        if after is before:
            return
        self._products.add(
            product, after, None if before else self._fact_cache.intern(product.encode())
        )
        changed_at = after.changed_at
        if changed_at is not None and changed_at > self._evaluator.visible.horizon:
            self._evaluator.visible.horizon = changed_at
        if not concerns:
            return
        index = self._index
        if self._slice is None:
            index.build(None)
        count = index.count(product)
        is_complete = index.is_complete and self._rule_pass.is_complete
        if not count and is_complete:
            return
        before = before or ProductFacts()
        counts_from = _counts_from(before, change)
        horizon = self._evaluator.visible.horizon
        on_its_way = Change(product, before, after.version, change.time, counts_from, horizon)
        product_pass = self._passes.get(product) if self._passes.is_used else None
        if product_pass is None and is_complete and (self._slice is None or count <= self._slice):
            for raw in index.of(product)[:]:
                deliver(raw, on_its_way)
            return
        self._join(product_pass, on_its_way)

    def _join(self, product_pass: ProductPass | None, change: Change) -> None:
        """Add a change to the product's pass, or begin a pass."""
        self._queue_restored()
        self._number += 1
        change.number = self._number
        if product_pass is None:
            product_pass = ProductPass(change.product, b"", [])
            self._queue.append(change.product)
        change.start = product_pass.cursor
        product_pass.changes.append(change)
        self._passes.add(change.product, product_pass)

    def _queue_restored(self) -> None:
        if not self._is_queue_restored:
            self._is_queue_restored = True
            products = [raw.decode() for raw in self._passes.resting]
            self._queue.extend(products)
            for product in products:
                product_pass = self._passes.get(product)
                if product_pass is not None:
                    self._number = max([self._number, *(c.number for c in product_pass.changes)])

    def catch_up(self, contact: Contact) -> bool:
        """Deliver to a contact the changes that are still on their way to it; returns whether there
        were any.
        """
        left: list[Change] = []
        for product in self._evaluator.visible.products_of(contact):
            product_pass = self._passes.get(product)
            if product_pass is not None:
                known, cursor = contact.delivered.get(product, 0), product_pass.cursor
                left += [
                    one
                    for one in product_pass.changes
                    if one.version > known and one.is_left(contact.raw, cursor)
                ]
        if left:
            left.sort(key=_number)
            emission = self._evaluator.transitions.emission
            emission.catches_up = True
            self._evaluator.deliver(contact, left)
            emission.catches_up = False
            contact.delivered = contact.delivered | {one.product: one.version for one in left}
        return bool(left)

    def note_key(self, contact: Contact, product: str) -> None:
        """Note that a product becomes a key of a contact. Earlier changes do not concern the
        contact.
        """
        self._index.add(product, contact.raw)
        product_pass = self._passes.get(product) if self._passes.is_used else None
        if product_pass is not None and product_pass.changes:
            contact.delivered = {**contact.delivered, product: product_pass.changes[-1].version}
            walk = self._walks.get(product)
            if walk is not None and contact.raw > product_pass.cursor:
                walk.add(contact.raw)  # a later change may join the pass before it gets there

    # -- passes ----------------------------------------------------------------------------

    def work(self, limit: int | None, deliver: Deliver) -> bool:
        """Continue the passes, for up to ``limit`` contacts. True when nothing is left."""
        if not self._passes.is_used:
            return True
        if not self._index.build(None if limit is None else BUILT_AT_ONCE):
            return False
        self._queue_restored()
        while self._queue and (limit is None or limit > 0):
            product = self._queue[0]
            product_pass = self._passes.get(product)
            done = 1
            if product_pass is not None:
                done += self._continue(product_pass, limit, deliver)
            if product_pass is None or not product_pass.changes:
                self._queue.popleft()
            limit = None if limit is None else limit - done
        return not self._queue

    def _continue(self, product_pass: ProductPass, limit: int | None, deliver: Deliver) -> int:
        """Deliver a product's changes to the next ``limit`` contacts; returns to how many."""
        product, done = product_pass.product, 0
        while limit is None or done < limit:
            walk = self._walks.get(product)
            if walk is None:
                walk = self._walks[product] = Walk(self._index.of(product), product_pass.cursor)
            raw = walk.next()
            if raw is not None and product_pass.come_to(raw):
                deliver(raw, None)
                product_pass.cursor = raw
                done += 1
                continue
            del self._walks[product]
            if walk.is_over and product_pass.changes and product_pass.go_round():
                continue
            product_pass.changes = []
            self._passes.remove(product)
            break
        return done


def _counts_from(before: ProductFacts, change: ProductChange) -> int:
    """The instant from which a change counts: the event's time, or for a late quantity of one
    location the latest known time of the stock.
    """
    if change.stock != before.stock and change.stock_time is not None:
        return max(change.time, change.stock_time)
    return change.time


def _number(change: Change) -> int:
    return change.number
