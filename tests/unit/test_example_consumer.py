"""`examples/consumer.py` drops what it knows, and takes back what is cancelled."""

from __future__ import annotations

import importlib.util
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from streamseg.core.messages.outcomes import CANCELLED, ERASED, FIRED, MERGED, ContactNews, Outcome
from streamseg.formats.outbound import encode, source_of

FILE = Path(__file__).parents[2] / "examples" / "consumer.py"


def consumer() -> Any:
    spec = importlib.util.spec_from_file_location("example_consumer", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def record(kind: str) -> Any:
    outcome = Outcome(kind, "cart_left", "ann", None, "1h", 0, 0, 0, "rule", {"cart": 1}, ["why"])
    _, value, headers = encode(outcome, source_of("shop"))
    return SimpleNamespace(value=value, headers=headers)


def test_a_cancellation_takes_the_message_back_and_what_comes_twice_does_nothing() -> None:
    example, database = consumer(), sqlite3.connect(":memory:")
    database.executescript(example.TABLES)

    def queued() -> int:
        return int(database.execute("SELECT count(*) FROM messages").fetchone()[0])

    assert example.handle(database, record(FIRED))
    assert not example.handle(database, record(FIRED))
    assert queued() == 1
    assert example.handle(database, record(CANCELLED))
    assert queued() == 0
    assert not example.handle(database, record(CANCELLED))
    assert not example.handle(database, record(FIRED))
    assert queued() == 0
    database.close()


def news(kind: str, contact: str) -> Any:
    _, value, headers = encode(
        ContactNews(kind, "triggers", contact, 0, 0, "guest"), source_of("shop")
    )
    return SimpleNamespace(value=value, headers=headers)


def test_an_erasure_takes_all_messages_of_a_contact_and_a_merge_does_nothing() -> None:
    example, database = consumer(), sqlite3.connect(":memory:")
    database.executescript(example.TABLES)
    assert example.handle(database, record(FIRED))
    for one, left in ((news(MERGED, "ann"), 1), (news(ERASED, "bob"), 1), (news(ERASED, "ann"), 0)):
        assert example.handle(database, one)
        assert database.execute("SELECT count(*) FROM messages").fetchone() == (left,)
    database.close()
