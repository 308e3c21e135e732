"""A user's own program: an agent on the triggers, in the same worker."""

from __future__ import annotations

from typing import Any

from streamseg.stream.app import app


@app.agent(app.topic(app.settings.topic("triggers"), value_serializer="json"))
async def greet(triggers: Any) -> None:
    async for trigger in triggers:
        print(f"greeting {trigger['contact']} for {trigger['segment']}", flush=True)  # noqa: T201
