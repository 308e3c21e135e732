"""``privacy.forget_after``: a contact without activity for so long is erased."""

from __future__ import annotations

from typing import Final

from streamseg.core.conditions.base import NEVER, Answer, Condition, EvalContext, Registry
from streamseg.core.features.first import First
from streamseg.core.features.instants import Latest
from streamseg.core.segments.dependencies import ANY, Dependency
from streamseg.core.values.zones import DAY_MS
from streamseg.core.vocabulary import PASSIVE_TYPES

# Events that a contact may have without any activity; a merge does not count.
_PASSIVE: Final = tuple(sorted(PASSIVE_TYPES - {"contact_merged", "contact_erased"}))


class Unseen(Condition):
    """The last activity is at least ``wait`` ms old. Without any activity the first event counts.

    For a contact who is older than the setting, the time begins with the setting at the earliest.
    """

    def __init__(self, wait: int) -> None:
        self._wait = wait
        self._latest = self._first = 0

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._latest = contact.column(Latest(None, None))
        self._first = contact.column(First(_PASSIVE, None))

    def dependencies(self) -> list[Dependency]:
        return [Dependency(self._latest, ANY), Dependency(self._first, ANY)]

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        since = self._since(ctx)
        if since is None:
            return NEVER
        due = since + self._wait
        # While it holds it is asked again each day: something may have delayed the erasure.
        return (False, due) if instant < due else (True, instant + DAY_MS)

    def _since(self, ctx: EvalContext) -> int | None:
        """When the contact was last active, as far as is known."""
        last = ctx.features.get(self._latest)
        if last is not None:
            seen: int | None = last[0]
            return seen
        begun = [ctx.known_since(column, False) for column in (self._latest, self._first)]
        known = [one for one in begun if one is not None]
        if known:
            return max(known)
        first = ctx.features.get(self._first)
        return None if first is None else first[0]
