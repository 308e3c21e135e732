"""An erasure in a partition that is behind: of the mail that waits there only what it forgets goes.

K's partition   ...................... erased 12:00 ............ now gets on, to 13:00
A's partition   13:00: it has forwarded what A did until then, to K, where it waits
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
import pytest

from streamseg.core.events import Event
from streamseg.core.features.base import FOREVER
from streamseg.core.identity.graves import MAX_FORMER, Erasure, Grave, pseudonym
from streamseg.core.identity.links import return_mail
from streamseg.core.identity.mail import Erase, Forwarded, Mail, Merge, State, decode_mail
from streamseg.core.identity.waiting_mail import WaitingMail
from tests.property.installation import Installation, home_of
from tests.property.test_merges import MARKS, pasts

MINUTE = 60_000
NOON = 12 * 60
K, A, B = "k", "a", "b"


@pytest.fixture
def shop() -> Installation:
    """A is K since 10:00; each is at home in a partition of its own."""
    made = Installation(MARKS, 16)
    assert len({home_of(one, 16) for one in (K, A, B)}) == 3
    made.feed(event("mark", A, 10))
    made.feed(event("contact_merged", K, 600, **{"from": A}))
    return made


def event(kind: str, contact: str, minute: int, **data: Any) -> Event:
    name = f"{kind}-{contact}-{minute}"
    return Event(kind, contact, minute * MINUTE, data, name, name)


def read(shop: Installation, *events: Event) -> None:
    """Have partitions read events of theirs, and all mail be delivered: it may have to wait."""
    for one in events:
        shop.read(one)
        shop.deliver_all()


def remembered(shop: Installation) -> dict[str, list[int]]:
    """The minutes of the marks that each contact remembers."""
    return {who: [at // MINUTE for at in past] for who, past in pasts(shop)}


def grave(shop: Installation, contact: str) -> Grave:
    key = b"g" + pseudonym(contact, b"").encode()
    (value,) = [log[key] for log in shop.logs if key in log]
    return msgspec.msgpack.decode(value, type=Grave)


def waiting(shop: Installation) -> list[Mail]:
    return [decode_mail(log[key]) for log in shop.logs for key in log if key[:1] == b"i"]


def test_what_was_forwarded_goes_as_far_as_it_is_not_younger(shop: Installation) -> None:
    read(shop, *(event("mark", A, NOON + minute) for minute in (30, -30, 0)))  # keeps its order
    assert [one.reaches for one in waiting(shop)] == [(NOON + 30) * MINUTE] * 3
    read(shop, event("contact_erased", K, NOON))
    assert len(waiting(shop)) == 1
    assert shop.dropped == 2
    assert grave(shop, K).removed == {"states": 1, "ids": 1, "mail": 2}
    shop.end((NOON + 60) * MINUTE)
    assert remembered(shop) == {A: [NOON + 30]}, "an id that led to the erased is its own again"


def test_an_erasure_of_the_id_that_is_forwarded_meanwhile_is_of_the_id(shop: Installation) -> None:
    read(shop, event("mark", A, NOON + 20), event("contact_erased", A, NOON + 30))
    read(shop, event("mark", A, NOON + 40), event("contact_erased", K, NOON))
    shop.end((NOON + 60) * MINUTE)
    assert remembered(shop) == {A: [NOON + 40]}
    assert grave(shop, K).at == NOON * MINUTE
    assert grave(shop, A).at == (NOON + 30) * MINUTE


def test_a_merge_that_is_dated_later_is_of_the_id_that_took_over(shop: Installation) -> None:
    read(shop, event("mark", B, 20))
    read(shop, event("contact_merged", A, NOON + 10, **{"from": B}))
    read(shop, event("mark", B, NOON + 20))
    read(shop, event("contact_erased", K, NOON))
    shop.end((NOON + 60) * MINUTE)
    assert remembered(shop) == {A: [20, NOON + 20]}


def test_state_that_waits_and_is_not_younger_is_erased_where_it_came_from() -> None:
    shop = Installation(MARKS, 16)
    shop.feed(event("contact_merged", K, 600, **{"from": A}))
    read(shop, event("mark", B, 20), event("mark", B, NOON - 20))
    read(shop, event("contact_merged", A, NOON - 10, **{"from": B}))  # not yet known in K's
    read(shop, event("mark", A, NOON - 5))
    assert [type(one.body) for one in waiting(shop)] == [Forwarded, Forwarded]
    read(shop, event("contact_erased", K, NOON))
    shop.end((NOON + 60) * MINUTE)
    assert remembered(shop) == {}
    assert (grave(shop, K).asked, grave(shop, K).answered) == (2, 2)
    assert grave(shop, B).removed == {"stubs": 1}


def test_state_behind_later_mail_is_dropped_with_the_erasure(shop: Installation) -> None:
    merges = [Merge(601 * MINUTE, A, B), Merge(602 * MINUTE, K, A)]
    state = State(merges[0], None, b"", {"c": Merge(500 * MINUTE, B, "c")})
    index = home_of(K, 16)
    partition = shop.partitions[index]
    partition.apply(Mail(K, B, (NOON + 30) * MINUTE, state, merges), None)
    shop.commit(index)
    partition.apply(event("contact_erased", K, NOON), None)
    asked = [one for one in partition.take().outcomes if isinstance(one, Mail)]
    assert {(one.to, one.body.merge) for one in asked if isinstance(one.body, Erase)} == {
        (A, Merge(600 * MINUTE, K, A)),
        (B, merges[0]),
        ("c", Merge(500 * MINUTE, B, "c")),
    }


def test_state_that_waits_and_is_younger_goes_back_to_who_took_it_over() -> None:
    """K <- A at 10:00, which A's partition learns when it has read A <- B at 12:10 already."""
    shop = Installation(MARKS, 16)
    read(shop, event("mark", A, 15), event("mark", B, 20), event("mark", B, NOON + 11))
    shop.read(event("contact_merged", A, NOON + 10, **{"from": B}))
    read_apart(shop, event("contact_merged", K, 600, **{"from": A}), K, A, K)
    read_apart(shop, None, A, B, A, K)
    assert [one.body.merge.into for one in waiting(shop) if isinstance(one.body, State)] == [A]
    read(shop, event("contact_erased", K, NOON))
    shop.end((NOON + 60) * MINUTE)
    assert remembered(shop) == {A: [20, NOON + 11]}, (
        "what A was before went with K; B came to A afterwards"
    )
    assert (grave(shop, K).asked, grave(shop, K).answered) == (1, 1)


def test_state_that_is_led_to_who_began_anew_is_theirs() -> None:
    """A <- B at 11:00, on its way for long; K, erased at 12:00, takes A over at 12:10."""
    shop = Installation(MARKS, 16)
    read(shop, event("mark", B, 20), event("mark", B, 661))
    shop.read(event("contact_merged", A, 660, **{"from": B}))
    shop.read(event("mark", A, NOON + 11))
    shop.read(event("contact_erased", K, NOON))
    read_apart(shop, event("contact_merged", K, NOON + 10, **{"from": A}), K, A, K)
    shop.deliver_all()
    shop.end((NOON + 60) * MINUTE)
    assert remembered(shop) == {K: [20, 661, NOON + 11]}


def test_what_goes_back_keeps_the_merges_that_hold_and_comes_behind_the_erasure() -> None:
    younger, older = Merge(30, A, B), Merge(10, K, A)
    mail = Mail(K, B, 5, Forwarded("mark", 40, 5, None, "", b"{}"), [younger, older])
    assert return_mail(mail, 20)
    assert (mail.to, mail.about, mail.reaches, mail.via) == (A, A, 20, [younger])
    mail.to, mail.via = K, [younger, older]
    assert not return_mail(mail, 20), "once is enough: nothing goes to and fro for ever"


def test_a_merge_of_the_very_instant_of_an_erasure_is_erased_with_it() -> None:
    merge = Merge(20, K, A)
    mail = Mail(K, A, 5, Forwarded("mark", 40, 5, None, "", b"{}"), [Merge(30, A, B), merge])
    assert return_mail(mail, 20)
    assert (mail.to, mail.via) == (A, [Merge(30, A, B)])
    assert not return_mail(Mail(K, A, 5, mail.body, [Merge(21, K, A)]), 20)


def read_apart(shop: Installation, one: Event | None, *way: str) -> None:
    """Have an event be read, and mail be delivered along a way of contacts, and no other."""
    if one is not None:
        shop.read(one)
    for source, target in pairwise(way):
        channel = home_of(source, 16), home_of(target, 16)
        while shop.channels[channel]:
            shop.deliver(*channel)


def test_a_merge_of_the_erased_that_waits_comes_after_the_erasure(shop: Installation) -> None:
    read(shop, event("contact_merged", B, NOON + 10, **{"from": K}))
    read(shop, event("mark", K, NOON - 10), event("contact_erased", K, NOON))
    shop.end((NOON + 10) * MINUTE)
    shop.feed(event("mark", K, NOON + 20))
    shop.end((NOON + 60) * MINUTE)
    assert remembered(shop) == {B: [NOON + 20]}


def test_a_question_of_another_keeper_that_waits_is_answered(shop: Installation) -> None:
    """K led to B once; B is erased, and K's partition is behind when it is asked."""
    shop.feed(event("contact_merged", B, 610, **{"from": K}))
    read(shop, event("contact_erased", B, NOON + 10))
    assert [type(one.body) for one in waiting(shop) if one.to == K] == [Erase]
    read(shop, event("contact_erased", K, NOON))
    shop.end((NOON + 60) * MINUTE)
    assert (grave(shop, B).asked, grave(shop, B).answered) == (2, 2)


def test_mail_behind_what_is_dropped_still_waits_for_what_came_before_it() -> None:
    waiting, merges = WaitingMail(), [Merge(10, B, A), Merge(20, K, A)]
    for to, merge in zip((B, K), merges, strict=True):
        waiting.add(Mail(to, A, 100, Forwarded("mark", 30, 30, None, "", b"{}"), [merge]))
    assert len(waiting.take_covered(K, Grave(40, "e-1"))) == 1
    assert waiting.due_about(A) == 100
    assert waiting.pop().to == B
    assert waiting.due_about(A) == -FOREVER


@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_rollback_brings_back_what_waited(shop: Installation, is_restarted: bool) -> None:
    read(shop, *(event("mark", A, NOON + minute) for minute in (-30, 30)))
    index = home_of(K, 16)
    before = dict(shop.logs[index])
    if is_restarted:
        shop.restart(index)
    partition = shop.partitions[index]
    partition.apply(event("contact_erased", K, NOON), None)
    partition.take()
    partition.rollback()
    shop.commit(index)
    assert shop.logs[index] == before
    shop.end((NOON + 60) * MINUTE)
    assert remembered(shop) == {K: [10, NOON - 30, NOON + 30]}


def test_what_was_done_between_two_erasures_is_of_the_id_that_did_it(shop: Installation) -> None:
    """The first erasure makes A its own again: the second one does not concern A."""
    read(shop, *(event("mark", A, NOON + minute) for minute in (20, -10, 5)))  # keeps its order
    read(shop, event("contact_erased", K, NOON), event("contact_erased", K, NOON + 10))
    shop.end((NOON + 60) * MINUTE)
    assert remembered(shop) == {A: [NOON + 5, NOON + 20]}
    assert shop.dropped == 1
    assert grave(shop, A).at == NOON * MINUTE
    dug = grave(shop, K)
    assert (dug.at, [one.at for one in dug.former]) == ((NOON + 10) * MINUTE, [NOON * MINUTE])


@pytest.mark.parametrize("is_restarted", [False, True])
def test_what_comes_after_two_erasures_is_of_the_id_that_did_it(
    shop: Installation, is_restarted: bool
) -> None:
    shop.read(event("mark", A, NOON - 10))
    shop.read(event("mark", A, NOON + 5))
    shop.read(event("contact_erased", K, NOON))
    shop.read(event("contact_erased", K, NOON + 10))
    if is_restarted:
        shop.restart(home_of(K, 16))
    shop.deliver_all()
    shop.end((NOON + 60) * MINUTE)
    assert remembered(shop) == {A: [NOON + 5]}


def test_state_that_comes_after_two_erasures_is_erased_where_it_came_from_by_the_first() -> None:
    shop = Installation(MARKS, 16)
    shop.read(event("mark", A, 10))
    read_apart(shop, event("contact_merged", K, 600, **{"from": A}), K, A)
    shop.read(event("contact_erased", K, NOON))
    shop.read(event("contact_erased", K, NOON + 10))
    shop.read(event("mark", A, NOON + 5))
    shop.deliver_all()
    shop.end((NOON + 60) * MINUTE)
    assert remembered(shop) == {A: [NOON + 5]}
    assert grave(shop, A).at == NOON * MINUTE
    assert grave(shop, A).name == pseudonym(f"contact_erased-k-{NOON}", b"")
    assert (grave(shop, K).asked, grave(shop, K).answered) == (1, 1)


def test_a_merge_between_two_erasures_is_of_the_second() -> None:
    shop = Installation(MARKS, 16)
    shop.feed(event("contact_erased", K, NOON))
    read(shop, event("mark", A, NOON + 1))
    shop.read(event("contact_merged", K, NOON + 2, **{"from": A}))
    shop.read(event("contact_erased", K, NOON + 10))
    shop.deliver_all()
    read(shop, event("mark", A, NOON + 9), event("mark", A, NOON + 20))
    shop.end((NOON + 60) * MINUTE)
    assert remembered(shop) == {A: [NOON + 20]}


def test_a_grave_keeps_its_erasures_in_order_and_not_for_ever() -> None:
    dug = Grave(10, "b")
    for at, name in ((30, "d"), (20, "c"), (5, "a"), (20, "again")):
        dug.note(Erasure(at, name), 0)
    assert (dug.at, dug.name) == (30, "d")
    assert [(one.at, one.name) for one in dug.former] == [(5, "a"), (10, "b"), (20, "again")]
    firsts = {at: dug.first_from(at).name for at in (5, 6, 20, 21, 30, 31)}
    assert firsts == {5: "a", 6: "b", 20: "again", 21: "d", 30: "d", 31: "d"}
    dug.note(Erasure(40, "e"), 20)
    assert [one.at for one in dug.former] == [20, 30]
    for at in range(50, 150):
        dug.note(Erasure(at, "f"), 0)
    assert [one.at for one in dug.former] == list(range(149 - MAX_FORMER, 149))
