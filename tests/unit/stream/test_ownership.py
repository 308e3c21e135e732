"""What the metadata of a committed offset says, and the offsets record of a changelog."""

from __future__ import annotations

import pytest

from streamseg.core.errors import StateError
from streamseg.stream.backoff import Backoff
from streamseg.stream.offsets import Reached
from streamseg.stream.ownership import MOST_WRITERS, Owners, new_writer

METADATA_BYTES = 4_096  # what Kafka takes


@pytest.mark.parametrize(
    "owners", [Owners(("a",)), Owners(("b", "a")), Owners(released="token"), Owners()]
)
def test_owners_survive_their_text(owners: Owners) -> None:
    assert Owners.parse(str(owners)) == owners


@pytest.mark.parametrize("metadata", [None, "", "set by a tool", "w2:a,b"])
def test_metadata_of_others_names_nobody(metadata: str | None) -> None:
    assert Owners.parse(metadata) == Owners()


def test_the_longest_list_fits_into_the_metadata() -> None:
    assert len(str(Owners(tuple(new_writer() for _ in range(MOST_WRITERS))))) <= METADATA_BYTES


def test_writers_are_never_named_twice() -> None:
    assert len({new_writer() for _ in range(1_000)}) == 1_000


def test_an_offsets_record_survives_its_bytes() -> None:
    for reached in (Reached({"events": 7, "signals": 0}), Reached({"signals": 1}, [3, 3, 5, 9])):
        decoded = Reached.decode(reached.encode())
        assert (decoded.offsets, decoded.ahead) == (reached.offsets, reached.ahead)


@pytest.mark.parametrize("value", [b"", b"{}", b'{"offsets":{},"v":2}', b'{"offsets":[],"v":1}'])
def test_a_record_that_cannot_be_read_is_an_error_of_the_state(value: bytes) -> None:
    with pytest.raises(StateError):
        Reached.decode(value)


def test_back_off_doubles_up_to_its_limit_and_starts_anew_after_a_success() -> None:
    backoff = Backoff(first=1.0, limit=8.0)
    delays = [backoff.next() for _ in range(6)]
    for delay, most in zip(delays, [1, 2, 4, 8, 8, 8], strict=True):
        assert 0.75 * most <= delay <= most
    backoff.reset()
    assert backoff.next() <= 1.0
