"""Events that go out when their time comes, as those of a shop that is open now."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from streamseg.produce.routing import InputTopics, route
from streamseg.produce.sender import Sender

# The shortest wait: a flush for each record of a fast stream would cost more than the record.
_TICK_S = 0.005
_FLUSH_AFTER = 5_000


async def send_live(
    lines: Iterable[tuple[int, bytes]],
    connection: Mapping[str, Any],
    topics: InputTopics,
    sent: Callable[[int], None],
) -> None:
    """Sends each line when the wall clock reaches its time, a few ms late at most.

    `lines` are times in ms since 1970 and events, in the order of time; what is overdue goes as
    fast as Kafka takes it. `connection` are the options of aiokafka's clients, and `sent` is told
    how many records each flush brought. Raises SendError, and Refused for a line without an owner.
    """
    async with Sender(connection, "streamseg-live") as sender:
        await sender.find([topics.events, topics.products])
        waiting = 0
        for time_ms, line in lines:
            ahead_s = time_ms / 1000 - time.time()
            if ahead_s > 0 or waiting >= _FLUSH_AFTER:
                await sender.flush()
                sent(waiting)
                waiting = 0
            if ahead_s > 0:
                await asyncio.sleep(max(ahead_s, _TICK_S))
            stream, key = route(line)
            sender.add(topics.of(stream), key, line)
            waiting += 1
        await sender.flush()
        sent(waiting)
