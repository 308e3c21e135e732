"""Queues a message for each trigger, and takes it back if the trigger is cancelled.

    STREAMSEG_BOOTSTRAP=127.0.0.1:9092 python examples/consumer.py messages.sqlite

Kafka delivers a trigger again where a consumer crashed before it committed. So what is queued, and
that it is, stand in one transaction of the database: a trigger is known by its source and id.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys

from aiokafka import AIOKafkaConsumer, ConsumerRecord

TABLES = """
CREATE TABLE IF NOT EXISTS known (source TEXT, id TEXT, PRIMARY KEY (source, id));
CREATE TABLE IF NOT EXISTS messages (
    trigger TEXT PRIMARY KEY, contact TEXT, segment TEXT, context TEXT
);
"""


def handle(database: sqlite3.Connection, record: ConsumerRecord) -> bool:
    """Act on a trigger; False where it is known already."""
    headers = dict(record.headers)
    name = headers["ce_source"].decode(), headers["ce_id"].decode()
    trigger = json.loads(record.value)
    with database:  # commits, or takes everything back
        if not database.execute("INSERT OR IGNORE INTO known VALUES (?, ?)", name).rowcount:
            return False
        if trigger["type"] == "trigger.cancelled":
            database.execute("DELETE FROM messages WHERE trigger = ?", [trigger["id"]])
        elif trigger["type"] == "contact.erased":
            database.execute("DELETE FROM messages WHERE contact = ?", [trigger["contact"]])
        elif trigger["type"] == "trigger.fired":
            what = [trigger["id"], trigger["contact"], trigger["segment"]]
            context = json.dumps(trigger["context"])
            database.execute("INSERT INTO messages VALUES (?, ?, ?, ?)", [*what, context])
    return True


async def consume(database: sqlite3.Connection) -> None:
    """Follow the triggers until SIGTERM or Ctrl-C."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    consumer = AIOKafkaConsumer(
        os.environ.get("STREAMSEG_TOPIC_PREFIX", "streamseg.") + "triggers",
        bootstrap_servers=os.environ.get("STREAMSEG_BOOTSTRAP", "127.0.0.1:9092"),
        group_id="messages",
        isolation_level="read_committed",  # a transaction that was aborted tells nothing
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        while not stop.is_set():
            polled = await consumer.getmany(timeout_ms=500)
            for records in polled.values():
                for record in records:
                    done = "queued" if handle(database, record) else "known"
                    print(done, record.key.decode(), flush=True)
            if polled:
                await consumer.commit()  # only what the database has
    finally:
        await consumer.stop()


if __name__ == "__main__":
    connection = sqlite3.connect(sys.argv[1])
    connection.executescript(TABLES)
    asyncio.run(consume(connection))
