"""What a partition keeps of ids that are not simply contacts, and for how long."""

from collections.abc import Iterable

import pytest

from streamseg.core.events import Event
from streamseg.core.identity.graves import decode_grave, pseudonym
from streamseg.core.identity.identity_state import Home
from streamseg.core.identity.links import decode_links
from streamseg.core.identity.mail import Mail, Merge, State, Take, decode_mail, encode_mail
from streamseg.core.messages.outcomes import ContactNews, Outcome
from streamseg.core.partition import Partition
from streamseg.rules import parse_rules

DAY = 86_400_000
RULES = "version: 1\nsegments: [{name: left, use: abandoned_cart, with: {after: 1h}}]"


class Run:
    """A partition that has only the ids in ``mine``, and its changelog."""

    def __init__(self, *mine: str, rules: str = RULES) -> None:
        self.log: dict[bytes, bytes] = {}
        self.rules = rules
        self.mine = mine
        self.restart()

    def restart(self) -> None:
        home = Home(lambda contact: contact in self.mine) if self.mine else Home()
        self.partition = Partition(parse_rules(self.rules))
        self.partition.live_in(home)
        for key, value in self.log.items():
            self.partition.load(key, value)
        self.partition.ready()

    def commit(self) -> list[object]:
        batch = self.partition.take()
        self.partition.install()
        for key, value in batch.changes:
            if value is None:
                self.log.pop(key, None)
            else:
                self.log[key] = value
        return batch.outcomes

    def tell(self, kind: str, contact: str, time: int, **data: object) -> list[object]:
        self.partition.apply(Event(kind, contact, time, data), None)
        return self.commit()

    def kinds(self) -> set[bytes]:
        return {key[:1] for key in self.log}


def mail_in(outcomes: Iterable[object]) -> list[Mail]:
    return [one for one in outcomes if isinstance(one, Mail)]


def test_without_merges_and_erasures_nothing_is_kept() -> None:
    run = Run()
    run.tell("cart_item_added", "k", 0, product="p")
    assert run.kinds() == {b"c", b"n", b"l"}


def test_that_a_contact_is_erased_is_told_after_all_else_of_it() -> None:
    """Whoever erases what they know at that record is not told of the contact once more."""
    segment = "{name: seen, when: {did: page_viewed}, membership: true}"
    policy = "policies: {zone: {default: UTC}, quiet: {from: '00:00', to: '23:00'}}"
    held = "{name: held, on: page_viewed, trigger: {}}"
    run = Run(rules=f"version: 1\n{policy}\nsegments: [{segment}, {held}]")
    run.tell("page_viewed", "k", 0)
    told = run.tell("contact_erased", "k", 1)
    assert [type(one) for one in told] == [Outcome, ContactNews, ContactNews]
    assert isinstance(told[0], Outcome)
    assert told[0].type == "segment.exited"
    (grave,) = [value for key, value in run.log.items() if key[:1] == b"g"]
    assert decode_grave(b"", grave).removed == {"states": 1, "waiting": 1}


def test_a_grave_is_forgotten_after_thirty_days() -> None:
    run = Run()
    run.tell("contact_erased", "k", 0)
    assert b"g" + pseudonym("k", b"").encode() in run.log
    run.partition.advance(29 * DAY, None)
    run.commit()
    assert b"g" in run.kinds()
    run.partition.advance(31 * DAY, None)
    run.commit()
    assert b"g" not in run.kinds()


def test_a_stub_that_nothing_used_for_400_days_is_forgotten() -> None:
    run = Run()
    run.tell("contact_merged", "k", 0, **{"from": "a"})
    run.tell("page_viewed", "a", 300 * DAY)
    run.tell("page_viewed", "x", 650 * DAY)
    run.restart()
    run.partition.advance(650 * DAY, None)
    run.commit()
    assert b"sa" in run.log  # it was used 350 days ago
    run.tell("page_viewed", "x", 701 * DAY)
    run.tell("page_viewed", "a", 701 * DAY)
    assert b"sa" not in run.log
    assert not mail_in(run.tell("cart_item_added", "a", 702 * DAY, product="p"))


@pytest.fixture(params=[False, True], ids=["", "restarted"])
def after_a_forgotten_stub(request: pytest.FixtureRequest) -> Run:
    """A run in which `a` was merged into `k` and has been unused for 401 days."""
    run = Run()
    run.tell("contact_merged", "k", 0, **{"from": "a"})
    run.tell("page_viewed", "x", 401 * DAY)
    if request.param:
        run.restart()
    return run


def test_a_forgotten_stub_may_be_merged_elsewhere(after_a_forgotten_stub: Run) -> None:
    run = after_a_forgotten_stub
    run.tell("contact_merged", "b", 401 * DAY, **{"from": "a"})
    run.tell("cart_item_added", "a", 401 * DAY, product="p")
    assert decode_links(b"a", run.log[b"sa"]).stubs == [Merge(401 * DAY, "b", "a")]


def test_a_forgotten_stub_is_erased_with_its_keeper(after_a_forgotten_stub: Run) -> None:
    told = after_a_forgotten_stub.tell("contact_erased", "k", 401 * DAY)
    assert {one.contact for one in told if isinstance(one, ContactNews)} == {"a", "k"}


def test_a_stub_is_written_anew_once_a_day_and_not_with_each_event() -> None:
    run = Run()
    run.tell("contact_merged", "k", 0, **{"from": "a"})
    before = run.log[b"sa"]
    run.tell("page_viewed", "a", DAY - 1)
    assert run.log[b"sa"] == before
    run.tell("page_viewed", "a", DAY)
    assert run.log[b"sa"] != before
    assert decode_links(b"a", run.log[b"sa"]).used_at == DAY


def test_mail_that_is_ahead_of_time_waits_in_the_state_and_holds_up_nothing() -> None:  # 26
    q = Run("a")
    q.tell("cart_item_added", "a", 12 * 3_600_000, product="p")
    take = mail_in(Run("k").tell("contact_merged", "k", 12 * 3_600_000, **{"from": "a"}))[0]
    q.partition.apply(take, None)
    (state,) = mail_in(q.commit())
    p = Run("k")
    p.tell("page_viewed", "k", 9 * 3_600_000)
    p.partition.apply(decode_mail(encode_mail(state)), None)
    assert p.commit() == []
    assert b"i0" in p.log
    p.restart()
    p.partition.advance(12 * 3_600_000 - 1, None)
    p.commit()
    assert b"i0" in p.log
    assert p.partition.due == 12 * 3_600_000
    p.partition.advance(12 * 3_600_000, None)
    p.commit()
    assert b"i0" not in p.log
    p.partition.advance(13 * 3_600_000, None)
    assert [getattr(one, "contact", "") for one in p.commit()] == ["k"]


def test_mail_about_one_id_keeps_its_order() -> None:
    p = Run("k")
    first = Mail("k", "a", 100, Take(_merge(100), 5))
    second = Mail("k", "a", 50, Take(_merge(50), 5))
    p.partition.apply(first, None)
    p.partition.apply(second, None)
    p.commit()
    waiting = [decode_mail(p.log[key]).reaches for key in (b"i0", b"i1")]
    assert waiting == [100, 100]


def _merge(at: int) -> Merge:
    return Merge(at, "z", "k")


def test_a_state_that_comes_twice_counts_once() -> None:
    q = Run("a")
    q.tell("cart_item_added", "a", 0, product="p", quantity=2)
    take = mail_in(Run("k").tell("contact_merged", "k", 10, **{"from": "a"}))[0]
    q.partition.advance(10, None)
    q.partition.apply(take, None)
    (state,) = mail_in(q.commit())
    assert isinstance(state.body, State)
    p = Run("k")
    p.partition.advance(10, None)
    p.partition.apply(decode_mail(encode_mail(state)), None)
    p.commit()
    once = p.log[b"ck"]
    p.partition.apply(decode_mail(encode_mail(state)), None)
    p.commit()
    assert p.log[b"ck"] == once


def test_a_rollback_takes_back_what_mail_brought() -> None:
    p = Run("k")
    p.tell("page_viewed", "k", 10)
    before = dict(p.log)
    p.partition.apply(Mail("k", "a", 100, Take(_merge(100), 5)), None)
    p.partition.apply(Event("contact_erased", "k", 20, {}), None)
    p.partition.take()
    p.partition.rollback()
    assert p.commit() == []
    assert p.log == before


def test_mail_that_was_left_for_nine_days_unites() -> None:  # 25
    q = Run("a")
    q.tell("order_placed", "a", 0, order="o", items=[{"product": "p"}])
    q.tell("cart_item_added", "a", 1, product="p", quantity=2)
    take = mail_in(Run("k").tell("contact_merged", "k", 10, **{"from": "a"}))[0]
    q.partition.advance(10, None)
    q.partition.apply(take, None)
    (state,) = mail_in(q.commit())
    assert b"ca" not in q.log  # it is nowhere but in the mail
    p = Run("k")
    p.tell("page_viewed", "k", 5)
    p.restart()
    p.partition.advance(9 * DAY, None)
    p.commit()
    p.partition.apply(decode_mail(encode_mail(state)), 9 * DAY)
    (told,) = p.commit()
    assert (getattr(told, "contact", ""), getattr(told, "reason", "")) == ("k", "stale")
    assert decode_links(b"k", p.log[b"sk"]).ids.keys() == {"a"}
