"""The deadlines of a contact: when time alone may change its segments next."""

from __future__ import annotations

from streamseg.core.contacts.contact import UNKNOWN, Contact
from streamseg.core.features.base import FOREVER


def next_deadline(contact: Contact) -> int:
    """The next instant at which time alone may change a segment or open a gate; FOREVER: never."""
    due = FOREVER
    for instant in contact.deadlines.values():
        if instant < due:
            due = instant
    for trigger in contact.waiting:
        if trigger.due < due:
            due = trigger.due
    return min(due, _next_key_deadline(contact)) if contact.key_deadlines else due


def _next_key_deadline(contact: Contact) -> int:
    """The next deadline of the segments with keys."""
    due = contact.next_key_due
    if due == UNKNOWN:
        due = FOREVER
        for deadlines in contact.key_deadlines.values():
            for instant in deadlines.values():
                if instant < due:
                    due = instant
        contact.next_key_due = due
    return due


def deadline_of(column: int) -> int:
    """The number in ``deadlines`` of a feature's deadline, by its column; or the column, by it.

    At rest the number is ``~column``. Python gives -1 and -2 the same hash: a look-up that met both
    took 1,900 instructions.
    """
    return -2 - column


def set_deadline(contact: Contact, number: int, instant: int) -> None:
    """Set the deadline of a segment, or of a feature by `deadline_of`; FOREVER: it has none."""
    deadlines = contact.deadlines
    if instant < FOREVER:
        deadlines[number] = instant
    elif number in deadlines:
        del deadlines[number]


def set_key_deadline(contact: Contact, segment: int, key: str, instant: int) -> None:
    """Set the deadline of a segment for a key; FOREVER: it has none."""
    contact.next_key_due = UNKNOWN
    deadlines = contact.key_deadlines.get(segment)
    if instant < FOREVER:
        if deadlines is None:
            contact.key_deadlines = {**contact.key_deadlines, segment: {key: instant}}
        else:
            deadlines[key] = instant
    elif deadlines is not None and deadlines.pop(key, None) is not None and not deadlines:
        del contact.key_deadlines[segment]
