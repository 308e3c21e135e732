"""`streamseg demo`: everything at once, for a minute, on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streamseg.tail.reading import Record

Seconds = Annotated[
    float,
    typer.Option(
        min=1, metavar="S", envvar="DEMO_SECONDS", help="How long the demo runs, in seconds."
    ),
]
Folder = Annotated[
    Path | None, typer.Option("--dir", metavar="DIR", help="Keep Kafka's data and the logs there.")
]


def run(seconds: Seconds = 60.0, folder: Folder = None) -> None:
    """Run Kafka, topics, a worker and simulated customers, and show triggers as they fire.

    The rules are three segments that wait seconds instead of hours. The demo ends by itself or with
    Ctrl-C, and leaves nothing running. Exit codes: 0; 1 if one of the segments never fired.
    """
    from rich.console import Console

    from streamseg.cli._running import run_until_stopped
    from streamseg.demo.play import play
    from streamseg.demo.scoreboard import Scoreboard
    from streamseg.demo.showing import introduction, summary, trigger_line
    from streamseg.demo.stage import WAITS_MS, set_up

    console = Console(highlight=False, soft_wrap=True)
    board = Scoreboard(WAITS_MS)

    def say(line: str) -> None:
        console.print(line, style="dim", markup=False)

    def saw(record: Record, seen_ms: int) -> None:
        console.print(trigger_line(board, record, seen_ms))

    with set_up(folder, say) as stage:
        for line in introduction(stage, seconds):
            say(line)
        stopped = run_until_stopped(play(stage, seconds, saw))
        console.print()
        console.print(summary(board.rows(), plain=not console.is_terminal))
    if board.silent and not stopped:
        console.print(f"never fired: {', '.join(board.silent)}", style="red")
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Adds the command to the command line."""
    app.command("demo")(run)
