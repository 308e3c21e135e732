"""What `streamseg contact show` says of erasures: it depends on the key of pseudonyms."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from streamseg.explain.dossier import Dossier, Erasure, Proof, RecordOf
from streamseg.privacy.remains import Remaining
from streamseg.privacy.showing import dossier_lines, remaining_lines

AT = "2026-11-21T10:00:00.000Z"
PROOF = Proof(
    contact="ann",
    erased="~hash",
    erased_at=AT,
    request="ticket 12",
    removed={"states": 1},
    asked=2,
    answered=1,
    remains=[],
    verified_at=None,
)


def lines(key: bytes = b"k", **known: Any) -> list[str]:
    """What is shown of Ann, of whom no state is known, under the key."""
    nothing: dict[str, Any] = {
        "led_to_by": [], "merged_into": None, "erased": None, "proofs": [], "state": None,
        "more_states": [], "now": None, "in_words": [], "fired": [], "waits": [], "arms": {},
        "records": [],
    }  # fmt: skip
    return dossier_lines(Dossier("ann", AT, **(nothing | known)), key)


@pytest.mark.parametrize(("key", "under"), [(b"k", "this"), (b"", "no")], ids=["key", "no key"])
def test_where_no_erasure_is_found_it_is_said_under_which_key(key: bytes, under: str) -> None:
    assert f"  no erasure of it is noted under {under} STREAMSEG_PRIVACY_KEY" in lines(key)


def test_each_erasure_is_shown_with_what_is_proven_of_it() -> None:
    verified = Proof("guest", "~other", AT, "r-1", {}, 0, 0, [], "2026-11-26T08:00:00.000Z")
    at = "erased at 2026-11-21 10:00:00"
    assert lines(erased=Erasure(AT, "ticket 12", {}), proofs=[PROOF, verified])[1:3] == [
        f"  {at}, as ticket 12 asked for, with 1 of 2 merged ids; not verified yet",
        f"  guest {at}, as r-1 asked for; in no topic at 2026-11-26 08:00:00",
    ]


def test_an_erasure_whose_proof_is_gone_is_shown_all_the_same() -> None:
    (shown,) = [one for one in lines(erased=Erasure(AT, "r-1", {})) if "erased at" in one]
    assert shown == "  erased at 2026-11-21 10:00:00, as r-1 asked for; its proof is missing"


def test_an_id_that_was_merged_is_followed_and_it_is_said() -> None:
    assert lines(merged_into="ann")[:2] == ["ann", "  who was asked for is ann now"]


def test_records_are_counted_in_plain_english() -> None:
    places = ["streamseg.events-0@4", "streamseg.events-1@0", "streamseg.decisions-0@7"]
    assert lines(records=[RecordOf(place, AT, ["key"]) for place in places])[-2:] == [
        "  2 records in streamseg.events",
        "  1 record in streamseg.decisions",
    ]
    assert "  has state in 1 more partition" in lines(more_states=[{}])
    left = Remaining("streamseg.decisions", 1, ["key"], AT, None, [places[2]])
    assert remaining_lines(["ann"], [left])[0] == (
        "streamseg.decisions  1 record (key)  until 2026-11-21 10:00:00"
    )


def test_without_rules_what_is_remembered_is_counted_and_the_way_to_its_words_is_named() -> None:
    state = {"features": {"('first', None, '')": 1}}
    assert "  remembers 1 feature (--rules F says in words which)" in lines(state=state)


def asked_for(contact: str, at: str | int, request: str | None = "r-2") -> RecordOf:
    value = {"type": "contact_erased", "contact": contact, "time": at, "id": request}
    return RecordOf("shop.events-3@9", "2026-11-24T08:00:00.100Z", ["value"], value=value)


def test_an_erasure_that_is_asked_for_and_not_noted_yet_is_shown() -> None:
    pending = "erasure asked for at 2026-11-24 08:00:00, as r-2: not noted yet"
    second = asked_for("ann", "2026-11-24T08:00:00Z")
    grave = Erasure(AT, "ticket 12", {})
    assert lines(erased=grave, proofs=[PROOF], records=[second])[2] == f"  {pending}"
    assert lines(records=[second])[2] == f"  {pending}"  # the first one
    guest = asked_for("guest", 1_795_507_200_000)
    assert lines(erased=grave, proofs=[PROOF], records=[guest])[2] == f"  guest {pending}"
    nameless = asked_for("ann", "2026-11-24T08:00:00Z", None)
    assert "as shop.events-3@9: not noted yet" in "".join(lines(records=[nameless]))


@pytest.mark.parametrize(
    "noted",
    ["2026-11-24T08:00:00.000Z", "2026-11-24T08:00:00.100Z", "2026-12-01T00:00:00.000Z"],
)
def test_an_erasure_that_was_noted_at_its_time_or_later_is_not_pending(noted: str) -> None:
    proof = msgspec.structs.replace(PROOF, erased_at=noted)
    told = lines(proofs=[proof], records=[asked_for("ann", "2026-11-24T08:00:00Z")])
    assert "not noted yet" not in "".join(told)


def test_of_a_clock_ahead_the_arrival_counts() -> None:
    """An event that is dated long after its arrival counts at its arrival, an erasure, too."""
    proof = msgspec.structs.replace(PROOF, erased_at="2026-11-24T08:00:00.100Z")
    told = lines(proofs=[proof], records=[asked_for("ann", "2036-11-24T08:00:00Z")])
    assert "not noted yet" not in "".join(told)


def test_what_asks_for_no_erasure_is_none() -> None:
    asks = asked_for("ann", "2026-11-24T08:00:00Z")
    letter = msgspec.structs.replace(asks, place="shop.dlq-0@1")
    unreadable = asked_for("ann", "yesterday")
    other = msgspec.structs.replace(asks, value={"type": "searched", "contact": "ann"})
    told = lines(records=[letter, unreadable, other, RecordOf("shop.events-0@1", AT, ["key"])])
    assert "not noted yet" not in "".join(told)
