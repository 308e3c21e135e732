"""Writes the files that follow from others; with --check it only says which are stale.

`make generate` after a change of the metrics, the topics, the settings or the alerts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from typer.testing import CliRunner

from streamseg.cli.main import app
from streamseg.observe import dashboard, page

ROOT = Path(__file__).parents[1]
CHART = "deploy/helm/streamseg/files"


def _printed(*command: str) -> Callable[[], str]:
    """What a command of Streamseg prints where nothing is set."""
    return lambda: (
        CliRunner(env=dict.fromkeys(("STREAMSEG_TOPIC_PREFIX",)))
        .invoke(app, command, catch_exceptions=False)
        .stdout
    )


FILES: dict[str, Callable[[], str]] = {
    "docs/metrics.md": page.render,
    "docs/rule-reference.md": _printed("rules", "reference"),
    "docs/rfm-grid.svg": _printed("rules", "grid"),
    "deploy/worker.env.example": _printed("config", "example"),
    "deploy/asyncapi.yaml": _printed("topics", "export", "asyncapi"),
    "deploy/strimzi.yaml": _printed("topics", "export", "strimzi", "--replication=3"),
    # A chart can use only what is in its folder.
    f"{CHART}/dashboard.json": dashboard.render,
    f"{CHART}/alerts.yaml": (ROOT / "deploy/prometheus/rules.yaml").read_text,
}


def main(*arguments: str) -> int:
    """Exit code: 1 if --check finds stale files."""
    stale = []
    for name, content in FILES.items():
        path, text = ROOT / name, content()
        if path.exists() and path.read_text("utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    if stale and "--check" in arguments:
        sys.stderr.write("stale, write them anew with `make generate`:\n")
    sys.stderr.write("".join(f"  {name}\n" for name in stale))
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
