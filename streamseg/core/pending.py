"""What is decided of a contact and not yet told: it waits until ``now`` is ``lateness`` past it.

An item is told at once when it is due, or never:

    [due (T), segment, key, rung, anchor, by_event, content, entered_at]

of a trigger with its content as JSON, else the membership record of an entry; of an exit with
``entered_at``, when that stay was entered (null: it is an entry). ``by_event`` is null where time
alone brought it about; of an entry, the instant at which an event ended it before it was told. An
exit that a consent brought about has that as a last field.
"""

from __future__ import annotations

from typing import Any, Final

from streamseg.core.contact import Contact
from streamseg.core.membership import NO_EVENT, Membership

DUE: Final = 0
SEGMENT: Final = 1
KEY: Final = 2
RUNG: Final = 3
ENTRY_ANCHOR: Final = 4
BY_EVENT: Final = 5
CONTENT: Final = 6
STAY_ENTERED_AT: Final = 7
CAUSE: Final = 8
CONSENT: Final = "consent"  # as the cause of an entry or exit

Item = list[Any]


def first_pending(contact: Contact) -> int:
    """The instant of the first item of a contact; NO_EVENT where none is pending."""
    pending = contact.pending
    return min([item[DUE] for item in pending]) if pending else NO_EVENT


def take_due(contact: Contact, until: int) -> list[Item]:
    """Take the items out that are due by an instant, in the order of theirs."""
    due = [item for item in contact.pending if item[DUE] <= until]
    if due:
        contact.pending = [item for item in contact.pending if item[DUE] > until]
        due.sort(key=_due)
    return due


def of_segment(contact: Contact, segment: int, key: str | None) -> list[Item]:
    """Take the items of a segment out, for a key or whole."""
    mine = [item for item in contact.pending if item[SEGMENT] == segment and item[KEY] == key]
    if mine:
        contact.pending = [item for item in contact.pending if item not in mine]
    return mine


def of_stay(membership: Membership, entered_at: int) -> list[Item]:
    """What waits to be told of the entry of a membership at an instant, of a stay that no event has
    ended: another one may have begun at that instant since.
    """
    return [
        item
        for item in membership.contact.pending
        if item[DUE] == entered_at
        and is_entry(item)
        and item[BY_EVENT] is None
        and _is_of(item, membership)
    ]


def records_of(membership: Membership) -> list[Item]:
    """Take the records of a membership out."""
    contact = membership.contact
    mine = [item for item in contact.pending if not item[CONTENT] and _is_of(item, membership)]
    if mine:
        contact.pending = [item for item in contact.pending if item not in mine]
    return mine


def without_told(
    items: list[Item], membership: Membership, entered_at: int, anchor: int | str
) -> list[Item]:
    """Items without those that are nothing to tell of once an episode has fired that was entered
    then: of that episode, or of any where one only may fire. An earlier entry that an event ended
    is held back all the same.
    """
    once = membership.segment.once
    return [
        item
        for item in items
        if not item[CONTENT]
        or not (once or item[ENTRY_ANCHOR] == anchor)
        or (item[DUE] <= entered_at and item[BY_EVENT] is not None)
        or not _is_of(item, membership)
    ]


def cause_of(item: Item) -> str:
    """What brought an exit about."""
    if len(item) > CAUSE:
        return CONSENT
    return "time" if item[BY_EVENT] is None else "event"


def is_entry(item: Item) -> bool:
    """Whether an item is of an entry."""
    return item[STAY_ENTERED_AT] is None


def _is_of(item: Item, membership: Membership) -> bool:
    where = membership.segment.index, membership.key, membership.rung
    return (item[SEGMENT], item[KEY], item[RUNG]) == where


def _due(item: Item) -> int:
    due: int = item[DUE]
    return due
