"""`streamseg produce FILE…`: NDJSON of both kinds into the input topics."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from streamseg.cli._options import Bootstrap
from streamseg.produce.reading import file_size

if TYPE_CHECKING:
    from streamseg.cli._showing import Display
    from streamseg.produce.loading import Refusal, Tally
    from streamseg.settings import Settings

_REFUSALS_SHOWN = 20

Files = Annotated[list[str], typer.Argument(metavar="FILE", help="NDJSON; - is standard input.")]
Rate = Annotated[
    float | None, typer.Option(min=0.001, max=1e9, metavar="R", help="At most R records a second.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 if a line was refused.")]


def run(
    files: Files, rate: Rate = None, strict: Strict = False, bootstrap: Bootstrap = None
) -> None:
    """Send events of contacts and products to Kafka, each to its topic and under its key.

    A line that names no contact or product (or is no JSON, or has no type) goes to the dead
    letters, and the command prints its file and line. The worker refuses other bad lines. Exit
    codes: 0; 1 if a file cannot be read or Kafka fails, and with --strict if a line was refused;
    130 for Ctrl-C.
    """
    from streamseg.cli._running import STOPPED, run_until_stopped
    from streamseg.cli._showing import showing
    from streamseg.environment import load_settings
    from streamseg.produce.loading import Tally

    settings = load_settings(bootstrap=bootstrap)
    tally, began = Tally(), time.monotonic()
    with showing("sent", _size(files)) as display:
        try:
            stopped = run_until_stopped(_load(files, settings, tally, rate, display))
        finally:
            for line in _summary(tally, time.monotonic() - began):
                display.say(line)
    if stopped:
        raise typer.Exit(STOPPED)
    if strict and tally.refused:
        raise typer.Exit(1)


async def _load(
    files: list[str], settings: Settings, tally: Tally, rate: float | None, display: Display
) -> None:
    from streamseg.produce.loading import load
    from streamseg.produce.routing import InputTopics
    from streamseg.produce.sender import Sender

    topics = InputTopics.named(settings.topic)

    def on_refused(refusal: Refusal) -> None:
        if tally.refused.total() <= _REFUSALS_SHOWN:
            display.say(str(refusal))
        elif tally.refused.total() == _REFUSALS_SHOWN + 1:
            display.say("… and more; they are counted below")

    def on_progress() -> None:
        display.show(tally.sent, tally.size)

    async with Sender(settings.connection()) as sender:
        await sender.find(topics)
        await load(
            files, sender, topics, tally, rate=rate, on_refused=on_refused, on_progress=on_progress
        )


def _summary(tally: Tally, seconds: float) -> list[str]:
    owners = f"{tally.events:,} of contacts, {tally.products:,} of products"
    speed = f"{seconds:.1f} s, {tally.sent / max(seconds, 0.001):,.0f}/s"
    lines = [f"sent {tally.sent:,} records ({owners}) in {speed}"]
    if tally.refused:
        codes = ", ".join(f"{code} {count:,}" for code, count in sorted(tally.refused.items()))
        lines.append(f"refused {tally.refused.total():,}: {codes}")
    return lines


def _size(files: list[str]) -> int | None:
    """Bytes of all files; None where one has no size, as a pipe has none.

    Raises OSError where one cannot be read.
    """
    sizes = [file_size(file) for file in files]
    return None if None in sizes else sum(size for size in sizes if size is not None)


def register(app: typer.Typer) -> None:
    """Adds the command to the command line."""
    app.command("produce")(run)
