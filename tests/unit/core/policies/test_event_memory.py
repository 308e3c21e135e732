"""What is kept of the event of a trigger that waits."""

from streamseg.core.events import Event
from streamseg.core.policies.event_memory import MAX_BYTES, pack_event, unpack_event


def test_an_event_is_kept_whole_and_of_one_with_much_data_all_but_that() -> None:
    room = MAX_BYTES - len('{"query":""}')
    for length, is_kept in ((room, True), (room + 1, False)):
        event = Event("searched", "c", 7, {"query": "x" * length}, "e1", "e1")
        kept = unpack_event(pack_event(event))
        assert kept.data == (event.data if is_kept else {})
        assert (kept.type, kept.contact, kept.time, kept.id, kept.name) == (
            *("searched", "c", 7, "e1", "e1"),
        )
