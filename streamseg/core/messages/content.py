"""The content of a message: its ``context`` and its ``why``."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec

from streamseg.core.conditions.base import EvalContext
from streamseg.core.conditions.wording import events_text
from streamseg.core.events import Event
from streamseg.core.segments.segment import Segment
from streamseg.core.values.predicates import field_at
from streamseg.core.values.timestamps import format_clock

Content = dict[str, Any]

NOTHING: Final[Content] = {"context": {}, "why": []}
encode_content: Final = msgspec.json.Encoder(decimal_format="number").encode
decode_content: Final = msgspec.json.Decoder(float_hook=Decimal).decode


def content_of(
    segment: Segment, rung: int, ctx: EvalContext, instant: int, event: Event | None
) -> Content:
    """The content at an instant; ``event`` is the one that caused the entry (None: time did)."""
    ctx.event, ctx.instant, ctx.rung = event, instant, rung
    context = segment.context(ctx)
    ctx.event = None
    options = segment.options
    if options is not None and options.context is not None:
        chosen = {path: field_at(context, path.split(".")) for path in options.context}
        context = {path: value for path, value in chosen.items() if value is not None}
    why = segment.conditions[rung].why(ctx, instant)
    on = segment.on
    if on is not None and event is not None:
        why = [f"{events_text((on[0],), on[1])} at {format_clock(event.time, event.time)}", *why]
    return {"context": context, "why": why}
