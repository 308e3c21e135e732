"""The same work as a Faust user writes it: an agent, and a table with its changelog.

All of Faust's settings are its defaults. It is a worker like any other:

    BENCH_BOOTSTRAP=… BENCH_NAME=… BENCH_PARTITIONS=8 python -m bench.peers.faust_table worker
"""

from __future__ import annotations

import os

import faust

from bench.peers.remembering import remember

NAME = os.environ["BENCH_NAME"]

app = faust.App(
    f"{NAME}-faust",
    broker=f"kafka://{os.environ['BENCH_BOOTSTRAP']}",
    topic_partitions=int(os.environ["BENCH_PARTITIONS"]),
)
events = app.topic(f"{NAME}.events", key_type=bytes, value_serializer="json")
contacts = app.Table("contacts", default=dict, key_type=bytes)


@app.agent(events)
async def segment(stream: faust.StreamT) -> None:
    """Apply each event to its contact."""
    async for key, event in stream.items():
        state = contacts[key]
        remember(state, event)
        contacts[key] = state


if __name__ == "__main__":
    app.main()
