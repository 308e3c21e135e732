"""Shows the progress of a long read on standard error, on a terminal."""

from __future__ import annotations

import sys
from time import monotonic
from typing import Final

SHOW_SECONDS: Final = 1.0


class ReadingProgress:
    """Is told how many records are read, and of how many."""

    def __init__(self) -> None:
        self._told = monotonic()

    def __call__(self, read: int, of: int) -> None:
        if sys.stderr.isatty() and monotonic() - self._told > SHOW_SECONDS:
            self._told = monotonic()
            sys.stderr.write(f"\rread {read:,} of {of:,} records ")
            if read >= of:
                sys.stderr.write("\r\033[K")
