"""Lines keep their numbers, whatever the file's form and however the input arrives."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from streamseg.produce.reading import Chunk, read_chunks


async def _numbered(file: str) -> list[tuple[int, bytes]]:
    return [
        (number, line)
        async for chunk in read_chunks(file)
        for number, line in enumerate(chunk.lines, start=chunk.first)
    ]


def test_lines_are_numbered_across_chunks(tmp_path: Path) -> None:
    lines = [b"%d" % n * 50 for n in range(1, 60_001)]
    file = tmp_path / "events.ndjson"
    file.write_bytes(b"\n".join(lines) + b"\n")
    assert asyncio.run(_numbered(str(file))) == list(enumerate(lines, start=1))


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", []),
        (b"a", [(1, b"a")]),
        (b"a\n\nb", [(1, b"a"), (2, b""), (3, b"b")]),
        (b"\xef\xbb\xbfa\r\n\xef\xbb\xbfb", [(1, b"a\r"), (2, b"\xef\xbb\xbfb")]),
        (b"\xef\xbb\xbf", []),
        (b"\xef", [(1, b"\xef")]),
    ],
)
def test_the_last_line_needs_no_line_feed(
    tmp_path: Path, content: bytes, lines: list[tuple[int, bytes]]
) -> None:
    file = tmp_path / "events.ndjson"
    file.write_bytes(content)
    assert asyncio.run(_numbered(str(file))) == lines


def test_a_pipe_is_read_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()

    async def first_line_before_the_second_is_written() -> list[bytes]:
        seen: list[bytes] = []
        os.write(writing, b"first\nsec")
        async for chunk in read_chunks("-"):
            if chunk.lines == [b"first"]:
                os.write(writing, b"ond\n")
                os.close(writing)
            seen += chunk.lines
        return seen

    with os.fdopen(reading, "rb") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        seen = asyncio.run(asyncio.wait_for(first_line_before_the_second_is_written(), 10))
    assert seen == [b"first", b"second"]


def test_chunks_add_up_to_the_file_s_size(tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    file.write_bytes(b"a\nb\nc" * 500_000)

    async def sizes() -> list[Chunk]:
        return [chunk async for chunk in read_chunks(str(file))]

    assert sum(chunk.size for chunk in asyncio.run(sizes())) == 2_500_000


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"none\.ndjson"):
        asyncio.run(_numbered(str(tmp_path / "none.ndjson")))
