"""A merged id that was unused for 400 days is forgotten; its contact's erasure reaches it still.

Its consumers are told, as there is nobody else whose id it is. It is left alone only if it is a
contact of its own again, or if it leads to another contact.
"""

from __future__ import annotations

import json

import pytest

from streamseg.core.events import Event
from streamseg.core.identity.graves import Graves
from streamseg.core.values.zones import DAY_MS
from streamseg.rules import parse_rules
from tests.property.installation import Installation, home_of

RULES = parse_rules(
    "version: 1\nsegments: [{name: all, when: {did: mark, at_least: 999}, trigger: {}}]"
)
LATER = 401 * DAY_MS
KEEPER, STUB = "keeper", "stub-1"


def event(kind: str, contact: str, time: int, **data: str) -> Event:
    return Event(kind, contact, time, data, f"{kind}-{time}", f"{kind}-{time}")


def erased_after(*events: Event, restarts: bool = False) -> tuple[list[str], list[str]]:
    """Of whom it is told that they are erased, and whose graves are kept, after an erasure of the
    keeper; ``events`` come before it. ``restarts``: partitions are restarted after each commit,
    and forget at once what they would forget when asked.
    """
    shop = Installation(RULES, 4, restarts=restarts)
    assert home_of(KEEPER, 4) != home_of(STUB, 4)
    for one in (
        event("mark", STUB, 1),
        event("contact_merged", KEEPER, 2, **{"from": STUB}),
        *events,
        event("contact_erased", KEEPER, LATER + 10),
    ):
        shop.feed(one)
    told = [json.loads(one) for one in shop.told["triggers"]]
    keys = {key[1:].decode() for log in shop.logs for key in log if key[:1] == b"g"}
    kept = [who for who in (KEEPER, STUB, "other") if Graves(b"").name_of(who) in keys]
    return sorted(one["contact"] for one in told if one["type"] == "contact.erased"), kept


@pytest.mark.parametrize("restarts", [False, True])
def test_a_stub_that_was_forgotten_is_erased_with_its_contact(restarts: bool) -> None:
    told, graves = erased_after(event("mark", KEEPER, LATER), restarts=restarts)
    assert (told, graves) == ([KEEPER, STUB], [KEEPER, STUB])


def test_one_that_is_a_contact_of_its_own_again_is_left_alone() -> None:
    assert erased_after(event("mark", STUB, LATER)) == ([KEEPER], [KEEPER])


def test_one_that_leads_to_another_contact_is_left_alone() -> None:
    elsewhere = event("contact_merged", "other", LATER, **{"from": STUB})
    assert erased_after(elsewhere) == ([KEEPER], [KEEPER])


def test_what_is_asked_of_it_again_is_told_once() -> None:
    again = event("contact_merged", KEEPER, LATER, **{"from": STUB})
    assert erased_after(again) == ([KEEPER, STUB], [KEEPER, STUB])
