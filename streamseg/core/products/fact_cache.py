"""A cache of product facts that the partitions of a worker share.

Every change of a product goes to all partitions, and each keeps the facts in its own state. So the
facts are nearly always equal, and so are the facts after the next change. The cache hands out one
object for equal facts. It only saves work and memory: facts that it has dropped are decoded again.
"""

from __future__ import annotations

from typing import Final

from streamseg.core.messages.outcomes import ProductChange
from streamseg.core.products.facts import ProductFacts
from streamseg.core.segments.rule_set import RuleSet

MOST: Final = 8_192  # facts, and transitions from facts to facts
MOST_LOADED: Final = 500_000

_NOTHING: Final = ProductFacts()
_Transition = tuple[ProductFacts, ProductChange, ProductFacts, bool]


class FactCache:
    """Product facts, and which changes of them concern these rules. What it hands out is shared, so
    it must not be altered.
    """

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self._facts: dict[bytes, ProductFacts] = {}  # by their bytes at rest
        self._transitions: dict[tuple[str, int], _Transition] = {}  # by product and version
        self._loaded: dict[bytes, bytes] = {}

    def decode(self, value: bytes) -> ProductFacts:
        """The facts of bytes at rest."""
        facts = self._facts.get(value)
        if facts is None:
            facts = ProductFacts.decode(value)
            self._keep(value, facts)
        return facts

    def encode(self, facts: ProductFacts) -> bytes:
        """Bytes at rest; the same object for the same facts."""
        value = facts.encode()
        if value not in self._facts:
            self._keep(value, facts)
        return value

    def _keep(self, value: bytes, facts: ProductFacts) -> None:
        if len(self._facts) >= MOST:
            self._facts.clear()
        self._facts[value] = facts

    def apply_change(
        self, before: ProductFacts | None, change: ProductChange
    ) -> tuple[ProductFacts, bool]:
        """The facts after a change, and whether the change can change the members of a segment."""
        if before is None:
            before = _NOTHING
        place = change.product, change.version
        known = self._transitions.get(place)
        if known is not None and known[0] is before and known[1] is change:
            return known[2:]
        after = before.after(change)
        concerns = after is not before and self._rules.are_changed_by(before, after)
        if len(self._transitions) >= MOST:
            self._transitions.clear()
        self._transitions[place] = before, change, after, concerns
        return after, concerns

    def intern(self, raw: bytes) -> bytes:
        """One object for all equal bytes that are loaded from changelogs, until ``loaded``."""
        if len(self._loaded) >= MOST_LOADED:
            self._loaded.clear()
        return self._loaded.setdefault(raw, raw)

    def loaded(self) -> None:
        """Note that a changelog has been read to its end."""
        self._loaded.clear()
