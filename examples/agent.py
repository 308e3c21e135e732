"""A Faust agent on the triggers, in the same process as the worker.

    STREAMSEG_RULES=rules.yaml faust -A examples.agent worker

It gets committed triggers only. After a crash Faust may give it one again: hand the source and the
id on to whoever sends the message, as its idempotency key.
"""

from __future__ import annotations

from typing import Any

from streamseg.stream.app import app

triggers = app.topic(app.settings.topic("triggers"), value_serializer="json")


@app.agent(triggers)
async def greet(stream: Any) -> None:
    """Greet whom a trigger is about."""
    async for event in stream.events():
        trigger = event.value
        headers = {name: value.decode() for name, value in event.headers.items()}
        key = f"{headers['ce_source']}/{headers['ce_id']}"
        segment = trigger.get("segment", "-")  # who is merged or erased is of none
        print(f"{trigger['type']} {segment} {trigger['contact']} {key}", flush=True)
