"""What a sender writes of the messages that it sends for triggers, and what their readers do.

A pure function of the triggers: whether one is answered, and how, is drawn by its id alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from random import Random
from typing import Any

from streamseg.core.messages.outcomes import FIRED
from streamseg.core.values.timestamps import format_time, parse_time
from streamseg.simulate.lines import ShopEvent, event_time_ms


def messages(
    triggers: Iterable[Mapping[str, Any]], share: float, think_s: float
) -> list[ShopEvent]:
    """The events of the messages for a ``share`` of the triggers that fired, in the order of time.

    ``triggers`` are messages of Streamseg's, of which others than `trigger.fired` are passed over;
    ``think_s`` is the mean of seconds between two steps.
    """
    events: list[ShopEvent] = []
    for trigger in triggers:
        if trigger.get("type") == FIRED:
            rng = Random(trigger["id"])  # noqa: S311 - a simulation
            if rng.random() < share:
                events += _message(trigger, rng, think_s)
    return sorted(events, key=lambda event: (event_time_ms(event), event["id"]))


def _message(trigger: Mapping[str, Any], rng: Random, think_s: float) -> Iterator[ShopEvent]:
    """One message, from sending to a click or a goodbye."""
    at_ms = parse_time(trigger["emitted_at"])
    about = {
        "channel": (trigger.get("allowed") or ["email"])[0],
        "campaign": trigger["segment"],
        "trigger": trigger["id"],
    }

    def told(kind: str) -> ShopEvent:
        nonlocal at_ms
        at_ms += 1 + int(rng.expovariate(1 / think_s) * 1000)
        return {
            "id": f"m-{trigger['id']}-{kind}",
            "type": f"message_{kind}",
            "contact": trigger["contact"],
            "time": format_time(at_ms),
            "data": dict(about),
        }

    yield told("sent")
    yield told("delivered")
    if rng.random() < 0.4:
        yield told("opened")
        if rng.random() < 0.35:
            yield told("clicked")
        elif rng.random() < 0.03:
            yield told("unsubscribed")
