"""``moved``: the contact's label has changed.

A segment without members keeps the moves of a label. It is evaluated at every instant at which the
label can change, and before the segments that ask about its moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from streamseg.core.conditions.base import (
    NEVER,
    UNKNOWN,
    Anchor,
    Answer,
    Condition,
    EvalContext,
    Part,
    Registry,
    Truth,
    remembered_from,
)
from streamseg.core.contacts.contact import Contact
from streamseg.core.contacts.moves import (
    BEFORE,
    BEFORE_SINCE,
    FIRST,
    NOW,
    SINCE,
    Moves,
    is_by_table,
)
from streamseg.core.features.base import FOREVER
from streamseg.core.labels.base import NONE, Label
from streamseg.core.labels.base import UNKNOWN as NOT_KNOWN
from streamseg.core.segments.dependencies import Dependency
from streamseg.core.values.timestamps import LATEST_MS, format_clock, format_duration, format_time

if TYPE_CHECKING:
    from streamseg.core.segments.segment import Segment

UP: Final = "up"
DOWN: Final = "down"
_MOST_STEPS: Final = 64  # from one instant at which a label may change to the next


class KeepsMoves(Condition):
    """Has the moves of a label kept; holds where the contact has one."""

    def __init__(self, label: Label) -> None:
        self.label = label

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self.label.bind(contact)

    def dependencies(self) -> list[Dependency]:
        return self.label.dependencies()

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        value, change = self.label.at(ctx, instant)
        return None if value == NOT_KNOWN else value != NONE, change


class Moved(Condition):
    """The label is one of ``to``, has been for ``settle`` ms, and was one of ``old`` before it.

    ``to`` and ``old`` are places in the list of the label's names (NONE: it has no name).
    ``direction`` is UP, DOWN or None.
    """

    word = "moved"

    def __init__(
        self,
        label: Label,
        old: frozenset[int],
        to: frozenset[int],
        direction: str | None,
        settle: int,
    ) -> None:
        self.label = label
        self._old = old
        self._to = to
        self._direction = direction
        self._settle = settle
        self._keeper: Segment | None = None
        self._tells_of_tables = False

    @property
    def can_be(self) -> bool:
        """Whether there is such a move."""
        return any(
            old != new and (self._direction is None or (new > old) == (self._direction == UP))
            for old in self._old
            for new in self._to
        )

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        contact.keep_moves(self)
        self.label.bind(contact)

    def link(self, keeper: Segment, *, tells_of_tables: bool) -> None:
        """Say which segment keeps the label's moves. A move that a new quantile table made is told
        where ``tells_of_tables``; else it settles at once, so that nothing is told of it later.
        """
        self._keeper, self._tells_of_tables = keeper, tells_of_tables

    def dependencies(self) -> list[Dependency]:
        return []  # a move has it evaluated: it is a referrer of the keeper

    def asked_segments(self) -> list[Segment]:
        return [] if self._keeper is None else [self._keeper]

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        moves = self._moves(ctx)
        if moves is None:
            return NEVER
        now, since, before = moves[NOW], moves[SINCE], moves[BEFORE]
        if now == NOT_KNOWN or (now in self._to and since is None and now != NONE):
            return UNKNOWN
        if since is None or now not in self._to or not self._is_from(before, now):
            return NEVER
        settled = self._settled_at(moves)
        return (True, FOREVER) if instant >= settled else (False, settled)

    def _settled_at(self, moves: Moves) -> int:
        since: int = moves[SINCE]
        is_silent = is_by_table(moves) and not self._tells_of_tables
        return since if is_silent else since + self._settle

    def _is_from(self, before: int, now: int) -> bool:
        if before not in self._old:
            return False
        if self._direction is None:
            return True
        return now > before if self._direction == UP else now < before

    def _moves(self, ctx: EvalContext) -> Moves | None:
        assert self._keeper is not None
        assert ctx.contact is not None
        return ctx.contact.slots.get(self._keeper.first_slot)

    def anchor(self, ctx: EvalContext) -> str:
        """The move: its instant and where to; there must be one."""
        moves = self._moves(ctx)
        assert moves is not None
        return self._text(moves[SINCE], moves[NOW])

    def is_silent(self, ctx: EvalContext) -> bool:
        """Whether the move, if any, is a quantile table's, and not told."""
        moves = self._moves(ctx)
        return moves is not None and is_by_table(moves) and not self._tells_of_tables

    def earlier(self, contact: Contact) -> Anchor | None:
        """The move before the last one, where it is one of these: it is the last one again if a
        late event undoes the last.
        """
        assert self._keeper is not None
        moves = contact.slots.get(self._keeper.first_slot)
        if moves is None or moves[BEFORE_SINCE] is None or moves[BEFORE] not in self._to:
            return None
        if not self._is_from(moves[FIRST], moves[BEFORE]):
            return None
        return self._text(moves[BEFORE_SINCE], moves[BEFORE])

    def _text(self, since: int, name: int) -> str:
        return f"{format_time(since)}#{self.label.word(name)}"

    def context(self, ctx: EvalContext) -> dict[str, Any]:
        """From where it moved where, and the figures of the label; there must be a move."""
        moves = self._moves(ctx)
        assert moves is not None
        assert ctx.contact is not None
        old, now = self.label.word(moves[BEFORE]), self.label.word(moves[NOW])
        return {"from": old, "to": now} | self.label.figures(ctx, ctx.contact.latest)

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        moves = self._moves(ctx)
        if moves is None or moves[SINCE] is None:
            return [f"{self.label.name} has not moved"]
        old, now = self.label.word(moves[BEFORE]), self.label.word(moves[NOW])
        return [f"{self.label.name} {old} → {now} at {format_clock(moves[SINCE], instant)}"]

    def asks(self) -> str:
        way = "" if self._direction is None else f" {self._direction}"
        old, to = self._names(" from ", self._old), self._names(" to ", self._to)
        held = f", for {format_duration(self._settle)}" if self._settle else ""
        return f"{self.label.name} moved{way}{old}{to}{held}"

    def _names(self, word: str, places: frozenset[int]) -> str:
        """Names after a word; nothing where it may be any, or none."""
        if len(places) > len(self.label.names):
            return ""
        return word + " or ".join(self.label.word(one) for one in sorted(places))

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        moves = self._moves(ctx)
        if moves is None:
            return {"now": self.label.word(NONE)}
        before, now = moves[BEFORE], moves[NOW]
        if moves[SINCE] is None:
            return {"now": self._word(now)} | self._next_move(ctx, instant)
        return {
            "before": self._word(before),
            "now": self._word(now),
            "direction": UP if now > before else DOWN,
            "moved_at": moves[SINCE],
        } | self._next_move(ctx, instant)

    def _next_move(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        """The next move of the label that time alone makes, whichever is asked for; empty where
        there is none.
        """
        now, change = self.label.at(ctx, instant)
        for _ in range(_MOST_STEPS):
            if now == NOT_KNOWN or not instant < change <= LATEST_MS:
                return {}
            instant = change
            value, change = self.label.at(ctx, instant)
            if value != now:
                return {"moves_to": self._word(value), "moves_at": instant}
        return {}

    def _word(self, name: int) -> str:
        return "unknown" if name == NOT_KNOWN else self.label.word(name)

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        moves = self._moves(ctx)
        assert ctx.contact is not None
        if moves is None or moves[SINCE] is None or not truth:
            return None
        settled = self._settled_at(moves)
        continues = settled == moves[SINCE] and self.earlier(ctx.contact) is not None
        return None if continues else settled  # the move before may have been one of these, too

    def known_from(self, ctx: EvalContext) -> int | None:
        return remembered_from(self.label.dependencies(), ctx)
