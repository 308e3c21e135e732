"""All, any, not: composed answers, of three values.

While an ``all`` is false it stays so until each false part has changed, so its next change is not
before the last of theirs; while it holds, not before the first of its parts'. ``any`` mirrors it.
"""

from __future__ import annotations

from collections.abc import Sequence

from streamseg.core.conditions.base import Answer, Condition, Frame, Registry, Truth
from streamseg.core.effects import Bar, Effect, negated
from streamseg.core.products import ProductFacts


class _Combined(Condition):
    _decided_by: bool  # the answer of one part that settles the whole

    def __init__(self, parts: Sequence[Condition]) -> None:
        self.parts = tuple(parts)

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        for part in self.parts:
            part.bind(contact, keyed)

    def effects(self) -> list[Effect]:
        return [effect for part in self.parts for effect in part.effects()]

    def at(self, frame: Frame, instant: int) -> Answer:
        settles = self._decided_by
        settled_until = -1
        first = -1
        otherwise: Truth = not settles
        for part in self.parts:
            holds, change = part.at(frame, instant)
            if holds is settles and change > settled_until:
                settled_until = change
            elif holds is None:
                otherwise = None
            if first < 0 or change < first:
                first = change
        if settled_until >= 0:
            return settles, settled_until
        return otherwise, first

    def depends_on(self, before: ProductFacts, after: ProductFacts) -> bool:
        return any(part.depends_on(before, after) for part in self.parts)


class All(_Combined):
    """Every part holds."""

    _decided_by = False

    def bars(self) -> list[Bar]:
        return [bar for part in self.parts for bar in part.bars()]

    @property
    def needs_facts(self) -> bool:  # type: ignore[override]
        return any(part.needs_facts for part in self.parts)

    def why(self, frame: Frame, instant: int) -> list[str]:
        return [sentence for part in self.parts for sentence in part.why(frame, instant)]


class AnyOf(_Combined):
    """At least one part holds."""

    _decided_by = True

    def effects(self) -> list[Effect]:
        effects = super().effects()
        return effects if len(self.parts) == 1 else [one._replace(needed=False) for one in effects]

    def why(self, frame: Frame, instant: int) -> list[str]:
        for part in self.parts:
            if part.at(frame, instant)[0]:
                return part.why(frame, instant)
        return [sentence for part in self.parts for sentence in part.why(frame, instant)]


class Not(Condition):
    """The part does not hold."""

    def __init__(self, part: Condition) -> None:
        self.part = part

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self.part.bind(contact, keyed)

    def effects(self) -> list[Effect]:
        return [negated(effect) for effect in self.part.effects()]

    def at(self, frame: Frame, instant: int) -> Answer:
        holds, change = self.part.at(frame, instant)
        return None if holds is None else not holds, change

    def depends_on(self, before: ProductFacts, after: ProductFacts) -> bool:
        return self.part.depends_on(before, after)

    def why(self, frame: Frame, instant: int) -> list[str]:
        return self.part.why(frame, instant)  # it says what is, whether that holds or not
