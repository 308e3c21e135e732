"""Metrics as text: the format of Prometheus (0.0.4) or OpenMetrics 1.0.0.

The client library's own writer of OpenMetrics would hold the event loop for tens of milliseconds
with a hundred segments, mostly over questions that do not arise here: escaping of names,
exemplars, native histograms. This one takes a quarter of that, and goes metric by metric, so that
its caller can let the loop do other things in between.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from prometheus_client.core import Metric

Format = Literal["text", "openmetrics"]

CONTENT_TYPES: Final[dict[Format, str]] = {
    "text": "text/plain; version=0.0.4; charset=utf-8",
    "openmetrics": "application/openmetrics-text; version=1.0.0; charset=utf-8",
}
END: Final[dict[Format, str]] = {"text": "", "openmetrics": "# EOF\n"}

_MEDIA_TYPES: Final[dict[str, Format]] = {
    "application/openmetrics-text": "openmetrics",
    "text/plain": "text",
    "text/*": "text",
    "*/*": "text",
}
# What the text format, which has no type for it, says of an info, and which name it gives.
_TEXT_KINDS: Final = {"info": "gauge", "unknown": "untyped"}
_TEXT_SUFFIXES: Final = {"counter": "_total", "info": "_info"}


def choose(accept: str) -> Format:
    """The format that an `Accept` header likes best; `text` where it says nothing of either."""
    best: tuple[float, Format] = (0.0, "text")
    for offer in accept.split(","):
        media, *parameters = (part.strip().lower() for part in offer.split(";"))
        given = dict(part.split("=", 1) for part in parameters if "=" in part)
        form = _MEDIA_TYPES.get(media)
        if form == "openmetrics" and not given.get("version", "1.").startswith("1."):
            continue
        quality = _quality(given.get("q", "1"))
        if form is not None and quality > best[0]:
            best = (quality, form)
    return best[1]


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def render(family: Metric, form: Format) -> str:
    """One metric with its samples; OpenMetrics wants `END` after the last one."""
    name, kind = family.name, family.type
    if form == "text":
        name, kind = name + _TEXT_SUFFIXES.get(kind, ""), _TEXT_KINDS.get(kind, kind)
        meaning = family.documentation.replace("\\", r"\\").replace("\n", r"\n")
    else:
        meaning = _escape(family.documentation)
    lines = [f"# HELP {name} {meaning}\n# TYPE {name} {kind}\n"]
    if family.unit and form == "openmetrics":
        lines.append(f"# UNIT {name} {family.unit}\n")
    for sample in family.samples:
        labels = ",".join(f'{label}="{_escape(text)}"' for label, text in sample.labels.items())
        braced = f"{{{labels}}}" if labels else ""
        lines.append(f"{sample.name}{braced} {_number(sample.value)}\n")
    return "".join(lines)


def _escape(text: str) -> str:
    if "\\" in text or '"' in text or "\n" in text:
        return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return text


def _number(value: float) -> str:
    if math.isfinite(value):
        return repr(float(value))
    return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
