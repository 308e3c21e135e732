"""`streamseg fit`: the model of `predict`, from a shop's own orders."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streamseg.cli._files import STANDARD_STREAM, check_outputs, open_output
from streamseg.cli._options import Bootstrap
from streamseg.cli._orders import check_source, how_far_back, read_files, read_kafka
from streamseg.cli._times import duration
from streamseg.core.errors import StreamsegError
from streamseg.core.prediction.parameters import MBG_NBD
from streamseg.core.values.timestamps import format_duration
from streamseg.core.values.zones import DAY_MS
from streamseg.rules.value.model import read_model
from streamseg.rules.zones import known_zones

if TYPE_CHECKING:
    from streamseg.fit.fitting import Fitted
    from streamseg.fit.holdout import Outcome
    from streamseg.fit.orders import OrderDay, Orders

Files = Annotated[
    list[str] | None,
    typer.Argument(metavar="[FILE]…", help="NDJSON of events; - for standard input."),
]
From = Annotated[
    int | None,
    typer.Option(
        "--from",
        parser=how_far_back,
        metavar="D",
        help="Read the orders of the last D from Kafka instead of files.",
    ),
]
Out = Annotated[
    Path | None, typer.Option(metavar="F", help="File for the model (default: standard output).")
]
Holdout = Annotated[
    list[str] | None,
    typer.Option(
        metavar="D",
        help="Predict this many whole days and compare with the orders that came "
        "(default 90d); repeatable.",
    ),
]
Model = Annotated[str, typer.Option(metavar="M", help="The model to fit: mbg_nbd, the only one.")]
Zone = Annotated[
    str,
    typer.Option(metavar="ZONE", help="Time zone in which an order's day is a day."),
]
Amount = Annotated[
    str,
    typer.Option(metavar="FIELD", help="Field of an order's data with its amount."),
]
Currency = Annotated[str | None, typer.Option(metavar="C", help="Only orders in this currency.")]
Cancelled = Annotated[
    int | None,
    typer.Option(
        parser=duration,
        metavar="D",
        help="An order_cancelled within D of the order undoes the order.",
    ),
]
Amounts = Annotated[bool, typer.Option("--no-amounts", help="Leave out what orders are worth.")]
Discount = Annotated[
    float,
    typer.Option(
        min=0,
        max=1,
        metavar="X",
        help="Discount rate per 30 days for the worth of future orders.",
    ),
]
Check = Annotated[
    Path | None,
    typer.Option(
        metavar="F",
        help="Fit nothing; compare the predictions of this model with the orders that came.",
    ),
]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="Exit with 1 if the comparison shows that the model is no good."),
]


def run(
    files: Files = None,
    since: From = None,
    model: Model = MBG_NBD,
    out: Out = None,
    holdout: Holdout = None,
    zone: Zone = "UTC",
    amount: Amount = "total",
    currency: Currency = None,
    cancelled: Cancelled = None,
    no_amounts: Amounts = False,
    discount: Discount = 0.01,
    check: Check = None,
    strict: Strict = False,
    bootstrap: Bootstrap = None,
) -> None:
    r"""Fit the model of `predict` to orders, and show how well it would have predicted.

    The model is fitted twice: for the table to the orders before the hold-out, for the output to
    all orders. Needs scipy: pip install 'streamseg\[fit]'. Exit codes: 0; 1 too few orders, no
    reliable fit, unreadable files, or with --strict a model that is no good; 2 wrong usage.
    """
    _require_scipy()
    check_source(files, since)
    _check_model(model)
    days = _whole_days(holdout or ["90d"])
    check_outputs({} if out is None else {"--out": out}, [Path(name) for name in files or []])
    orders = _no_orders(zone, amount, currency, cancelled)
    contacts = _contacts_with(orders, files or [], since, bootstrap)
    with _left_out_told(orders, currency):
        if check is not None:
            outcomes = _checked(contacts, orders.end, days, check)
        else:
            fitted = _fitted(contacts, orders.end, days, discount, amounts=not no_amounts)
            outcomes = fitted.outcomes
            if not (no_amounts or orders.with_amount):
                _tell_no_amount(amount)
            _write(fitted, out)
    _show(outcomes)
    if strict and not all(one.is_good for one in outcomes):
        raise StreamsegError("no better than the base rate, or totals are a quarter off")


def _require_scipy() -> None:
    if find_spec("scipy") is None:
        raise StreamsegError("this needs scipy: pip install 'streamseg[fit]'")


def _check_model(model: str) -> None:
    if model != MBG_NBD:
        raise typer.BadParameter(
            f"no model {model!r}: {MBG_NBD} is the only model; docs/prediction.md says why",
            param_hint="--model",
        )


def _contacts_with(
    orders: Orders, files: list[str], since: int | None, bootstrap: str | None
) -> list[list[OrderDay]]:
    """Read the orders of files, or of the last ``since`` ms from Kafka; those of each contact."""
    if since is None:
        read_files(orders, files)
        return list(orders.contacts(None))
    read_kafka(orders, bootstrap)
    return list(orders.contacts(int(time.time() * 1000) - since))


def _no_orders(zone: str, amount: str, currency: str | None, cancelled: int | None) -> Orders:
    """What takes in orders, by what counts as one."""
    from streamseg.core.features.order_history import OrderTerms
    from streamseg.fit.orders import Orders

    days_of = known_zones().find(zone)
    if days_of is None:
        raise typer.BadParameter(f"no zone {zone!r}", param_hint="--zone")
    return Orders(OrderTerms(amount, currency, cancelled, days_of))


def _whole_days(horizons: list[str]) -> list[int]:
    found = []
    for text in horizons:
        days, rest = divmod(duration(text), DAY_MS)
        if rest or not days:
            raise typer.BadParameter(f"{text} is not whole days", param_hint="--holdout")
        found.append(days)
    return sorted(set(found))


def _tell_no_amount(field: str) -> None:
    typer.echo(
        f"note: no order has a number in `{field}`: the model does not tell what orders are worth; "
        "name their field with --amount, or say --no-amounts",
        err=True,
    )


@contextmanager
def _left_out_told(orders: Orders, currency: str | None) -> Iterator[None]:
    """Have an error that there are too few orders say how many the currency leaves out."""
    from streamseg.fit.fitting import TooFew

    try:
        yield
    except TooFew as error:
        if not orders.left_out:
            raise
        raise TooFew(
            f"{error}; `--currency {currency}` leaves out {orders.left_out:,} records of orders "
            f"that are not in {currency}"
        ) from None


def _checked(
    contacts: list[list[OrderDay]], end: int, days: list[int], path: Path
) -> list[Outcome]:
    from streamseg.fit.fitting import hold_out

    return hold_out(contacts, end, days, read_model(path))


def _fitted(
    contacts: list[list[OrderDay]], end: int, days: list[int], discount: float, *, amounts: bool
) -> Fitted:
    from streamseg.fit.fitting import fit, hold_out

    fitted = fit(contacts, end, Decimal(str(discount)), amounts=amounts)
    fitted.outcomes = hold_out(contacts, end, days)
    for warning in fitted.warnings:
        typer.echo(f"note: {warning}", err=True)
    return fitted


def _write(fitted: Fitted, out: Path | None) -> None:
    span = format_duration((fitted.end - fitted.begin) // DAY_MS * DAY_MS)
    typer.echo(f"{fitted.contacts:,} contacts with orders, over {span}", err=True)
    with ExitStack() as stack:
        file = open_output(out or Path(STANDARD_STREAM), stack)
        file.write(json.dumps(fitted.document(), indent=2).encode() + b"\n")


def _show(outcomes: list[Outcome]) -> None:
    from streamseg.fit.holdout import table

    rows = table(outcomes)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells), err=True)


def register(app: typer.Typer) -> None:
    """Adds the command to the command line."""
    app.command("fit")(run)
