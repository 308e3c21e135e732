"""Pending messages: decided at an instant T, and emitted when ``now`` is ``lateness`` past T.

An item of a contact is one message:

    [due (T), segment, key, rung, anchor, by_event, content, entered_at]

- a trigger: ``content`` is its content as JSON, ``entered_at`` is null
- the membership record of an entry: ``content`` is empty, ``entered_at`` is null
- the membership record of an exit: ``content`` is empty, ``entered_at`` is when the stay began

``by_event`` is null where time alone is the cause. Of a trigger it is the instant at which an event
ended the stay before the trigger was told; of an exit it is the instant of the event. An exit whose
cause is a consent has "consent" as a last field.
"""

from __future__ import annotations

from typing import Any, Final

from streamseg.core.contacts.contact import Contact
from streamseg.core.contacts.membership import NO_EVENT, Membership

DUE: Final = 0
SEGMENT: Final = 1
KEY: Final = 2
RUNG: Final = 3
ENTRY_ANCHOR: Final = 4
BY_EVENT: Final = 5
CONTENT: Final = 6
STAY_ENTERED_AT: Final = 7
CAUSE: Final = 8
CONSENT: Final = "consent"  # the cause of an entry or exit

Item = list[Any]


def first_pending(contact: Contact) -> int:
    """The instant of the first item of a contact; NO_EVENT where none is pending."""
    pending = contact.pending
    return min([item[DUE] for item in pending]) if pending else NO_EVENT


def take_due(contact: Contact, until: int) -> list[Item]:
    """Take out the items that are due by an instant, in the order of their instants."""
    due = [item for item in contact.pending if item[DUE] <= until]
    if due:
        contact.pending = [item for item in contact.pending if item[DUE] > until]
        due.sort(key=_due)
    return due


def take_of_segment(contact: Contact, segment: int, key: str | None) -> list[Item]:
    """Take out the items of a segment for a key (None: of a segment without keys)."""
    mine = [item for item in contact.pending if item[SEGMENT] == segment and item[KEY] == key]
    if mine:
        contact.pending = [item for item in contact.pending if item not in mine]
    return mine


def entry_items(membership: Membership, entered_at: int) -> list[Item]:
    """The items of the stay that a membership entered at an instant. Items of a stay that an event
    has ended are left out: another stay may have begun at the same instant.
    """
    return [
        item
        for item in membership.contact.pending
        if item[DUE] == entered_at
        and is_entry(item)
        and item[BY_EVENT] is None
        and _is_of(item, membership)
    ]


def take_records(membership: Membership) -> list[Item]:
    """Take out the membership records of a membership."""
    contact = membership.contact
    mine = [item for item in contact.pending if not item[CONTENT] and _is_of(item, membership)]
    if mine:
        contact.pending = [item for item in contact.pending if item not in mine]
    return mine


def without_told(
    items: list[Item], membership: Membership, entered_at: int, anchor: int | str
) -> list[Item]:
    """The items that are left to tell once the episode of ``anchor``, entered at ``entered_at``,
    has fired.

    The other triggers of the episode are dropped; where only one episode may fire (``once``), the
    triggers of all episodes are. A trigger of this or an earlier entry whose stay was ended by an
    event is left: it will be suppressed as `left`.
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
    """The cause of an exit: ``event``, ``time`` or ``consent``."""
    if len(item) > CAUSE:
        return CONSENT
    return "time" if item[BY_EVENT] is None else "event"


def is_entry(item: Item) -> bool:
    """Whether an item is about an entry: a trigger or the record of an entry."""
    return item[STAY_ENTERED_AT] is None


def _is_of(item: Item, membership: Membership) -> bool:
    where = membership.segment.index, membership.key, membership.rung
    return (item[SEGMENT], item[KEY], item[RUNG]) == where


def _due(item: Item) -> int:
    due: int = item[DUE]
    return due
