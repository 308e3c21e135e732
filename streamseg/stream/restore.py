"""Restores tasks: reads their changelog partitions to their ends, at bulk speed."""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from streamseg.stream.clients import new_reader, stop_quietly
from streamseg.stream.gc_timing import collector_off
from streamseg.stream.offsets import OFFSETS_KEY, Reached

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from streamseg.observe.stats import WorkerStats
    from streamseg.settings import Settings
    from streamseg.stream.tasks import StreamTask

log = logging.getLogger(__name__)

CHUNK_RECORDS: Final = 5_000  # read between two turns of the other partitions
READ_SECONDS: Final = 60.0  # without any progress: something is wrong, start over


async def restore(
    settings: Settings, tasks: list[StreamTask], stats: WorkerStats
) -> AsyncIterator[tuple[StreamTask, Reached]]:
    """Load each task's changelog; yields a complete task with how far its inputs are applied.

    All earlier writers must be fenced: what is below the end then never changes. The inputs'
    offsets are empty for a changelog that was never written.
    """
    reader = new_reader(settings)
    open_ended = new_reader(settings, committed=False)
    await asyncio.gather(reader.start(), open_ended.start())
    try:
        todo = {task.changelog: task for task in tasks}
        begins = await open_ended.beginning_offsets(list(todo))
        ends = await open_ended.end_offsets(list(todo))
        reader.assign(list(todo))
        for tp, begin in begins.items():
            reader.seek(tp, begin)
        with collector_off():
            async for finished in _read(reader, todo, begins, ends, stats):
                yield finished
    finally:
        await asyncio.gather(stop_quietly(reader), stop_quietly(open_ended))


async def _read(
    reader: Any,
    todo: dict[Any, StreamTask],
    begins: dict[Any, int],
    ends: dict[Any, int],
    stats: WorkerStats,
) -> AsyncIterator[tuple[StreamTask, Reached]]:
    found: dict[Any, bytes | None] = dict.fromkeys(todo)
    started = progress = monotonic()
    while todo:
        for tp in list(todo):
            position = await reader.position(tp)
            task = todo[tp]
            shown = stats.partitions.get((task.inputs[0].name, tp.partition))
            if shown is not None:
                shown.restored, shown.restore_total = position - begins[tp], ends[tp] - begins[tp]
            if position >= ends[tp]:
                del todo[tp]
                reader.pause(tp)
                # in a thread: with many contacts it takes seconds, and heartbeats have to go on
                await asyncio.to_thread(task.core.ready)
                offsets = found[tp]
                yield task, Reached.decode(offsets) if offsets else Reached({})
        if not todo:
            break
        for tp, records in (
            await reader.getmany(*todo, timeout_ms=200, max_records=CHUNK_RECORDS)
        ).items():
            progress = monotonic()
            found[tp] = _load(todo[tp].core.load, records) or found[tp]
        if monotonic() - progress > READ_SECONDS:
            places = ", ".join(f"{tp.topic}-{tp.partition}" for tp in todo)
            raise TimeoutError(
                f"{places} could not be read on for {READ_SECONDS:.0f} s; `streamseg doctor` tells "
                "whether a transaction that nobody ends is in the way"
            )
        await asyncio.sleep(0)
    stats.restore.observe(monotonic() - started)


def _load(load: Any, records: list[Any]) -> bytes | None:
    """Load records of the engine; returns the last offsets record among them."""
    offsets = None
    for record in records:
        key = record.key
        if key == OFFSETS_KEY:
            offsets = record.value
        else:
            load(key, record.value)
    return offsets
