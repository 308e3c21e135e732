"""The command line, run as a user runs it."""

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from .drawing import event, lines, rules_file

STREAMSEG = Path(sys.executable).with_name("streamseg")
CART = "- {name: cart_left, use: abandoned_cart}"
FINDER = "- {name: finder, on: searched}"


def streamseg(
    folder: Path, *arguments: str | Path, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run `streamseg` in a folder, inside this process, and return what it said."""
    from streamseg.cli.main import main

    streams = [io.TextIOWrapper(io.BytesIO(data), "utf-8") for data in (stdin, b"", b"")]
    before = sys.argv, sys.stdin, sys.stdout, sys.stderr
    sys.argv = ["streamseg", *map(str, arguments)]
    sys.stdin, sys.stdout, sys.stderr = streams
    code: Any = 0
    try:
        with contextlib.chdir(folder):
            main()
    except SystemExit as ended:
        code = ended.code or 0
    finally:
        for stream in streams[1:]:
            stream.flush()
        sys.argv, sys.stdin, sys.stdout, sys.stderr = before
    out, err = (stream.buffer.getvalue() for stream in streams[1:])
    return subprocess.CompletedProcess(sys.argv, code, out, err)


def installed(
    folder: Path, *arguments: str | Path, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run the installed `streamseg`, as a user does, and return what it said."""
    return subprocess.run(
        [STREAMSEG, *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
    )


def ndjson(timeline: str) -> bytes:
    """The events of a timeline as a file of NDJSON; a drawn `-` is an empty line."""
    drawn = lines(timeline)
    written = ["" if line == "-" else json.dumps(event(line)) for line in drawn]
    return "".join(line + "\n" for line in written).encode()


def write_rules(folder: Path, segments: str) -> Path:
    path = folder / "rules.yaml"
    path.write_text(rules_file(segments), encoding="utf-8")
    return path


def records(output: bytes) -> list[dict[str, Any]]:
    """The JSON objects of an output, one a line."""
    assert output == b"" or output.endswith(b"\n")
    return [json.loads(line) for line in output.splitlines()]


def replay(
    folder: Path, segments: str, *arguments: str, stdin: bytes = b"", code: int = 0
) -> subprocess.CompletedProcess[bytes]:
    """Run a replay of the given rules and check its exit code."""
    write_rules(folder, segments)
    result = streamseg(folder, "replay", "--rules", "rules.yaml", *arguments, stdin=stdin)
    assert result.returncode == code, result.stderr.decode()
    return result
