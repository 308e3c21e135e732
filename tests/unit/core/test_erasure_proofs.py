"""What is told of an erasure, without an id: once for each batch that changed something of it."""

from __future__ import annotations

import json
from typing import Any

from streamseg.core.events import Event
from streamseg.core.identity.graves import Grave, pseudonym
from streamseg.core.identity.identity_state import Home
from streamseg.core.identity.mail import Erased, Mail, Merge, State
from streamseg.core.partition import Partition
from streamseg.formats.erasures import encode_erasure, verified
from streamseg.rules import parse_rules

RULES = parse_rules("version: 1\nsegments: [{name: left, use: abandoned_cart, with: {after: 1h}}]")
KEY = b"a key of pseudonyms, for a test"
K = pseudonym("k", KEY)
DAY = 86_400_000


def partition(*mine: str) -> Partition:
    made = Partition(RULES)
    made.live_in(Home(lambda one: one in mine, KEY))
    made.ready()
    return made


def tell(
    core: Partition, kind: str, contact: str, time: int, name: str = "n-1", **data: Any
) -> None:
    core.apply(Event(kind, contact, time, data, name, name), None)


def buried(core: Partition) -> list[tuple[str, Grave]]:
    batch = core.take()
    core.install()
    return batch.buried


def test_an_erasure_is_told_by_the_hash_with_what_was_removed() -> None:
    core = partition("k")
    tell(core, "cart_item_added", "k", 1, "n-0", product="p")
    assert buried(core) == []
    tell(core, "contact_erased", "k", 2)
    assert buried(core) == [(K, Grave(2, "n-1", {"states": 1}))]
    core.advance(DAY, None)
    assert buried(core) == []


def test_an_unknown_contact_has_a_proof_of_nothing() -> None:  # 34
    core = partition("k")
    tell(core, "contact_erased", "k", 2)
    assert buried(core) == [(K, Grave(2, "n-1"))]


def test_the_answer_of_an_id_that_led_there_is_told() -> None:
    core = partition("k", "a")
    tell(core, "contact_merged", "k", 1, "n-0", **{"from": "a"})
    tell(core, "contact_erased", "k", 2)
    told = dict(buried(core))
    assert (told[K].asked, told[K].answered, told[K].removed) == (1, 1, {"ids": 1})
    assert told[pseudonym("a", KEY)].removed == {"stubs": 1}

    core = partition("k")  # a is elsewhere, and answers later
    core.apply(Mail("k", "a", 1, State(Merge(1, "k", "a"))), None)
    tell(core, "contact_erased", "k", 2)
    assert [(one.asked, one.answered) for _, one in buried(core)] == [(1, 0)]
    core.apply(Mail("k", "k", 2, Erased("a", 2)), None)
    assert [(one.asked, one.answered) for _, one in buried(core)] == [(1, 1)]


def test_what_is_rolled_back_is_told_when_it_comes_again() -> None:
    core = partition("k")
    tell(core, "contact_erased", "k", 2)
    assert core.take().buried
    core.rollback()
    assert buried(core) == []
    tell(core, "contact_erased", "k", 2)
    assert [name for name, _ in buried(core)] == [K]


def test_a_request_that_is_named_after_the_contact_is_hashed() -> None:
    core = partition("ann", "guest")
    tell(core, "contact_merged", "ann", 1, "n-0", **{"from": "guest"})
    tell(core, "contact_erased", "guest", 2, "erase-guest")
    told = buried(core)
    assert {name for name, _ in told} == {pseudonym(one, KEY) for one in ("ann", "guest")}
    assert {grave.name for _, grave in told} == {pseudonym("erase-guest", KEY)}


def test_the_record_says_until_when_topics_keep_what_was() -> None:
    grave = Grave(0, "n-1", {"states": 1}, 1, 1)
    key, value = encode_erasure(K, grave, DAY, {"s.events": DAY, "s.triggers": None})
    told = json.loads(value)
    assert key.decode() == told["erased"] == K
    assert told["remains"] == [
        {"topic": "s.events", "until": "1970-01-03T00:00:00.000Z"},
        {"topic": "s.triggers", "until": None},
    ]
    after = json.loads(verified(told, 2 * DAY))
    assert after == {
        **told,
        "remains": [],
        "verified_at": "1970-01-03T00:00:00.000Z",
        "emitted_at": "1970-01-03T00:00:00.000Z",
    }
