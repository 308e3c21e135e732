"""Reports on standard error which records of files were refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections import Counter

    from streamseg.core.vocabulary import Ignored


def tell_refused(by_code: Counter[str]) -> None:
    """Say how many records were refused, by code, if any were."""
    count = by_code.total()
    if count:
        each = ", ".join(f"{code} {number}" for code, number in sorted(by_code.items()))
        typer.echo(f"{count} {'record' if count == 1 else 'records'} refused: {each}", err=True)


def tell_ignored(ignored: Ignored) -> None:
    """Say which fields were of a wrong type, if any were."""
    if ignored:
        each = ", ".join(f"{field} {number}" for field, number in sorted(ignored.items()))
        typer.echo(f"fields of a wrong type, taken for missing: {each}", err=True)
