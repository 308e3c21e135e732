"""The same work as a Quix Streams user writes it: a stateful `apply` over a keyed stream.

    BENCH_BOOTSTRAP=… BENCH_NAME=… BENCH_FOLDER=… python -m bench.peers.quix

It runs in an environment of its own (requirements-bench.lock). All settings are Quix's defaults but
one: a checkpoint each second and not each five, or the progress of a short run could not be told.
"""

from __future__ import annotations

import os
from typing import Any

from quixstreams import Application, State

from bench.peers.remembering import remember


def segment(event: dict[str, Any], store: State) -> dict[str, Any]:
    """Apply an event to its contact."""
    state = store.get("contact") or {}
    remember(state, event)
    store.set("contact", state)
    return event


def main() -> None:
    """Run until stopped."""
    name = os.environ["BENCH_NAME"]
    app = Application(
        broker_address=os.environ["BENCH_BOOTSTRAP"],
        consumer_group=f"{name}-quix",
        auto_offset_reset="earliest",
        state_dir=os.environ["BENCH_FOLDER"],
        commit_interval=1.0,
    )
    events = app.topic(f"{name}.events", key_deserializer="bytes", value_deserializer="json")
    app.dataframe(events).apply(segment, stateful=True)
    app.run()


if __name__ == "__main__":
    main()
