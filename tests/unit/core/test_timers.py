from __future__ import annotations

import random

from streamseg.core.contacts.resting import BUCKET_BITS
from streamseg.core.timers import Timers


def popped(timers: Timers, until: int, limit: int | None, dues: dict[bytes, int]) -> list[bytes]:
    found: list[bytes] = []
    while True:
        contact = timers.pop(until)
        if contact is not None:
            found.append(contact)
        elif not timers.open(until, limit, dues.__getitem__):
            return found


def test_contacts_come_by_instant_and_then_by_id_whenever_they_were_added() -> None:
    rng = random.Random(1)
    for limit in (None, 1, 3):
        timers = Timers()
        dues: dict[bytes, int] = {}
        until = number = 0
        for _ in range(300):
            until += rng.choice((1, 1 << BUCKET_BITS - 1, 1 << BUCKET_BITS))
            for _ in range(rng.randrange(4)):
                number += 1
                contact = b"c%d" % number
                dues[contact] = until + rng.randrange(3 << BUCKET_BITS)
                for _ in range(rng.choice((1, 2))):
                    timers.push(dues[contact], contact)
            assert not dues or timers.due <= min(dues.values())
            due = sorted((at, contact) for contact, at in dues.items() if at <= until)
            found = popped(timers, until, limit, dues)
            if limit is None:
                assert found == [contact for _, contact in due]
            assert set(found) == {contact for _, contact in due}
            for contact in set(found):
                del dues[contact]
            assert timers.due > until
