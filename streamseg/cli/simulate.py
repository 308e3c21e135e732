"""`streamseg simulate`: the events of a seeded shop, to a file or live into Kafka."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from streamseg.cli._files import STANDARD_STREAM, open_input, open_output, reader_may_leave
from streamseg.cli._times import instant
from streamseg.simulate import ShopPlan, encode_line, event_time_ms, messages, simulate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streamseg.settings import Settings
    from streamseg.simulate import ShopEvent

_DEFAULT_EVENTS = 10_000
_DEFAULTS = ShopPlan()


Seed = Annotated[int, typer.Option(help="Random seed; the same seed gives the same bytes.")]
Contacts = Annotated[int, typer.Option(min=1, help="Number of contacts.")]
Products = Annotated[int, typer.Option(min=1, help="Number of products.")]
Rate = Annotated[
    float, typer.Option(min=0.001, metavar="R", help="Events per second of simulated time.")
]
Events = Annotated[
    int | None,
    typer.Option(min=0, metavar="N", help="End after N events; 10000 unless --seconds or --live."),
]
Seconds = Annotated[
    float | None, typer.Option(min=0, metavar="S", help="End after S seconds of simulated time.")
]
Start = Annotated[
    int | None,
    typer.Option(
        parser=instant,
        metavar="TIME",
        help="Start of the simulated time (default: 2026-01-05T08:00:00Z).",
    ),
]
Think = Annotated[
    float, typer.Option(min=0.001, metavar="S", help="Mean seconds between two steps of a visit.")
]
Outage = Annotated[
    float, typer.Option(min=0.001, metavar="S", help="Mean seconds until a product is restocked.")
]
Guests = Annotated[
    float,
    typer.Option(
        min=0,
        max=1,
        metavar="SHARE",
        help="Share of visits that begin before the contact signs in.",
    ),
]
Triggers = Annotated[
    Path | None,
    typer.Option(
        metavar="F",
        help="No shop, but messages for the triggers in F, as `replay` writes them; - is standard "
        "input.",
    ),
]
Share = Annotated[
    float,
    typer.Option(min=0, max=1, metavar="SHARE", help="Share of the triggers that get a message."),
]
Out = Annotated[Path | None, typer.Option(metavar="F", help="Output file; - is standard output.")]
Live = Annotated[
    bool,
    typer.Option(
        "--live", help="Start now, and send each event when its time comes, to Kafka or --out."
    ),
]
Bootstrap = Annotated[
    str | None,
    typer.Option(metavar="HOST:PORT", help="Kafka, and --live; else STREAMSEG_BOOTSTRAP."),
]


def run(
    seed: Seed = _DEFAULTS.seed,
    contacts: Contacts = _DEFAULTS.contacts,
    products: Products = _DEFAULTS.products,
    rate: Rate = _DEFAULTS.rate,
    events: Events = None,
    seconds: Seconds = None,
    start: Start = None,
    think: Think = _DEFAULTS.think_s,
    outage: Outage = _DEFAULTS.outage_s,
    guests: Guests = _DEFAULTS.guests,
    triggers: Triggers = None,
    share: Share = 0.9,
    out: Out = None,
    live: Live = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Simulate a shop from a random seed: browsing, carts, orders, messages and stock, as NDJSON.

    Without --live nothing depends on the clock: the same options give the same bytes. With --live
    or --bootstrap the simulated time starts now, each event is sent when its time comes, and Ctrl-C
    ends the command.
    """
    live = live or bootstrap is not None
    if triggers is not None:
        _refuse_live(live)
        _write(messages(_read(triggers), share, think), out or Path(STANDARD_STREAM))
        return
    if bootstrap is not None and out is not None:
        raise typer.BadParameter("give either --bootstrap or --out")
    opens_ms = _opening(start, live=live)
    if not live and events is None and seconds is None:
        events = _DEFAULT_EVENTS
    try:
        plan = ShopPlan(seed, contacts, products, opens_ms, rate, think, outage, guests)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    shop = simulate(plan, events=events, seconds=seconds)
    if not live:
        _write(shop, out or Path(STANDARD_STREAM))
    elif out is not None:
        _write(_as_they_happen(shop), out, each_line=True)
    else:
        from streamseg.environment import load_settings

        _send(shop, load_settings(bootstrap=bootstrap))


def _refuse_live(live: bool) -> None:
    if live:
        raise typer.BadParameter("triggers are of the past: leave out --live and --bootstrap")


def _opening(start: int | None, *, live: bool) -> int:
    """When the shop opens, in ms."""
    if not live:
        return _DEFAULTS.start_ms if start is None else start
    if start is not None:
        raise typer.BadParameter("a live shop opens now: leave out --start")
    return time.time_ns() // 1_000_000


def _read(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file of NDJSON."""
    with ExitStack() as stack:
        for number, line in enumerate(open_input(str(path), stack), start=1):
            try:
                message = orjson.loads(line)
                yield {"type": message["type"], **message}
            except (orjson.JSONDecodeError, KeyError, TypeError) as error:
                raise typer.BadParameter(
                    f"line {number} of {path} is no message of Streamseg's: give what `streamseg "
                    "replay` writes of triggers"
                ) from error


def _as_they_happen(shop: Iterable[ShopEvent]) -> Iterator[ShopEvent]:
    for event in shop:
        ahead_s = event_time_ms(event) / 1000 - time.time()
        if ahead_s > 0:
            time.sleep(ahead_s)
        yield event


def _write(shop: Iterable[ShopEvent], out: Path, *, each_line: bool = False) -> None:
    with reader_may_leave(), ExitStack() as stack:
        file = open_output(out, stack)
        try:
            for event in shop:
                file.write(encode_line(event))
                if each_line:
                    file.flush()
        except KeyboardInterrupt:
            if not each_line:
                raise


def _send(shop: Iterable[ShopEvent], settings: Settings) -> None:
    """Sends a live shop to Kafka until it ends or is stopped, and tells how much it was."""
    from streamseg.cli._running import run_until_stopped
    from streamseg.cli._showing import showing
    from streamseg.produce.live import send_live
    from streamseg.produce.routing import InputTopics

    topics = InputTopics.named(settings.topic)
    lines = ((event_time_ms(event), encode_line(event).rstrip()) for event in shop)
    records = 0
    with showing("sent") as display:

        def sent(more: int) -> None:
            nonlocal records
            records += more
            display.show(records)

        try:
            run_until_stopped(send_live(lines, settings.connection(), topics, sent))
        finally:
            display.say(f"sent {records:,} records")


def register(app: typer.Typer) -> None:
    """Adds the command to the command line."""
    app.command("simulate")(run)
