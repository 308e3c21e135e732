"""Reads the state of one contact from the changelog, for use where no worker runs."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from aiokafka import TopicPartition

from streamseg.core.partition import Partition
from streamseg.stream.offsets import OFFSETS_KEY, Reached

if TYPE_CHECKING:
    from streamseg.core.segments.rule_set import RuleSet
    from streamseg.settings import Settings
    from streamseg.stream.scanning import Scan

_OF_CONTACT = b"c"


async def read_contact(
    settings: Settings, rules: RuleSet, partition: int, contact: str, scan: Scan
) -> tuple[Partition, Reached]:
    """A partition that holds this contact alone, as committed, and how far its inputs were read.

    The whole changelog is read, since products and other common state are in it, too.
    """
    core = Partition(rules, settings.lateness_ms, settings.stale_after_ms, slice_size=1)
    mine = _OF_CONTACT + contact.encode()
    reached = Reached({})
    async with aclosing(
        scan.read([TopicPartition(settings.topic("changelog"), partition)])
    ) as all_:
        async for records in all_:
            for record in records:
                key = record.key
                if key == OFFSETS_KEY:
                    reached = Reached.decode(record.value) if record.value else reached
                elif key[:1] != _OF_CONTACT or key == mine:
                    core.load(key, record.value)
    core.ready()
    return core, reached
