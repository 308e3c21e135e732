"""Tells whether the engine runs compiled: this module is compiled with it."""

from __future__ import annotations

from typing import Final

IS_COMPILED: Final = not __file__.endswith(".py")
