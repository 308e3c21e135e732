"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

from streamseg.cli._times import duration

Bootstrap = Annotated[
    str | None,
    typer.Option(metavar="HOST:PORT", help="Address of Kafka (default: STREAMSEG_BOOTSTRAP)."),
]
FromFile = Annotated[
    list[str] | None,
    typer.Option(
        "--from-file",
        metavar="F",
        help="Read events from this NDJSON file instead of Kafka; repeatable.",
    ),
]
LatenessOfFiles = Annotated[
    int,
    typer.Option(
        parser=duration,
        metavar="D",
        help="With --from-file: how long time-driven entries wait for late events.",
    ),
]
JsonLines = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
