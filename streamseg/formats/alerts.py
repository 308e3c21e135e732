"""Alerts as records, CloudEvents like all that is told of contacts."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from streamseg.core.messages.message_ids import alert_id
from streamseg.core.messages.outcomes import BLIND, CLEARED, AlertNews
from streamseg.core.values.timestamps import format_time
from streamseg.formats.outbound import Headers, cloud_event

_encode: Final = msgspec.json.Encoder(decimal_format="number").encode


def alert_json(news: AlertNews) -> dict[str, Any]:
    """The object that stands in a record's value, and in a line of a replay's output."""
    at = format_time(news.at)
    value: dict[str, Any] = {"id": alert_id(news.name, at), "type": news.type, "at": at}
    if news.type == BLIND:
        return value | {"partitions": news.partitions}
    value |= {"name": news.name, "segment": news.segment}
    return value | {"value": news.value, "limit": news.limit}


def encode_alert_value(news: AlertNews) -> bytes:
    """The value of a record: UTF-8 JSON in one line."""
    return _encode(alert_json(news))


def encode_alert(news: AlertNews, source: bytes) -> tuple[bytes | None, bytes, Headers]:
    """Key, value and headers of a record; the key is the alert's name.

    That an alert is gone from the rules has an id of its own in the headers: it may have been
    raised at that very minute, and consumers drop what they know by source and id.
    """
    value = alert_json(news)
    is_gone = news.type == CLEARED and news.value is None
    name = f"{value['id']}-gone" if is_gone else value["id"]
    headers = cloud_event(name, source, news.type, value["at"])
    if news.name is None:
        return None, _encode(value), headers
    return news.name.encode(), _encode(value), headers
