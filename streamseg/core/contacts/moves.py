"""The last moves of a label: its names, and since when it had each.

    L0 ──m1──> L1 ──m2──> L2

They lie in a slot of the segment that keeps the label's moves: ``[0, L2, m2, L1, m1, L0]``, where
m1 and m2 are instants. (The 0 says that the contact is not a member: that segment has none.) A name
is its index in the label's names; UNKNOWN, without an instant, where it is not known. Where a new
quantile table made a move, one item more says which of the two moves that was.
"""

from __future__ import annotations

from typing import Any, Final

from streamseg.core.labels.base import NONE, UNKNOWN

NOW: Final = 1
SINCE: Final = 2
BEFORE: Final = 3
BEFORE_SINCE: Final = 4
FIRST: Final = 5
BY_TABLE: Final = 6
_LAST: Final = 1  # made by a table; older versions wrote True
_LAST_BUT_ONE: Final = 2

Moves = list[Any]


# From which value of a label to which, and when.
Move = tuple[int, int, int]


def unknown_moves() -> Moves:
    """The slot of a label that is not known."""
    return [0, UNKNOWN, None, UNKNOWN, None, UNKNOWN]


def no_moves() -> Moves:
    """The slot of a label that never had a name."""
    return [0, NONE, None, UNKNOWN, None, UNKNOWN]


def note_label(
    moves: Moves, value: int, instant: int, event_time: int | None, by_table: bool = False
) -> bool:
    """Note the name of a label at a contact's latest decided instant; returns whether it has moved.

    ``event_time``: that of the event that causes the evaluation (None: time does). An event from
    before the last move disproves that move: it is removed, and the label moves from the name
    before. ``by_table``: a new quantile table causes the evaluation.
    """
    if value == moves[NOW]:
        return False
    if value == UNKNOWN or moves[NOW] == UNKNOWN:
        moves[:] = unknown_moves()
        moves[NOW] = value
        return True
    since, tables = moves[SINCE], _by_tables(moves)
    if event_time is not None and since is not None and event_time < since:
        moves[NOW:] = [moves[BEFORE], moves[BEFORE_SINCE], moves[FIRST], None, UNKNOWN]
        tables = _LAST if tables & _LAST_BUT_ONE else 0
        if tables:
            moves.append(tables)
        if value == moves[NOW]:
            return True
        if moves[NOW] == UNKNOWN:
            moves[NOW] = value
            return True
    moves[NOW:] = [value, instant, moves[NOW], moves[SINCE], moves[BEFORE]]
    tables = (_LAST if by_table else 0) | (_LAST_BUT_ONE if tables & _LAST else 0)
    if tables:
        moves.append(tables)
    return True


def is_by_table(moves: Moves) -> bool:
    """Whether the last move was made by a quantile table."""
    return bool(_by_tables(moves) & _LAST)


def _by_tables(moves: Moves) -> int:
    return int(moves[BY_TABLE]) if len(moves) > BY_TABLE else 0


def difference(before: Moves, after: Moves) -> tuple[Move | None, Move | None]:
    """The move that was disproved between two slots, and the one that was
    made; each may be None.
    """
    if UNKNOWN in (before[NOW], after[NOW]):
        return None, None
    old, new = _last(before), _last(after)
    if new == old:
        return None, None
    if old is not None and old == _last_but_one(after):
        return None, new
    return old, None if new == _last_but_one(before) else new


def _last(moves: Moves) -> Move | None:
    return None if moves[SINCE] is None else (moves[BEFORE], moves[NOW], moves[SINCE])


def _last_but_one(moves: Moves) -> Move | None:
    since = moves[BEFORE_SINCE]
    return None if since is None else (moves[FIRST], moves[BEFORE], since)
