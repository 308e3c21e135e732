"""Who is where in a group; and a word where others cannot reach this worker."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import msgspec
import pytest
from aiokafka.errors import KafkaConnectionError

from streamseg.kafka.cluster import MemberInfo
from streamseg.stream.directory import Directory

LOOPBACK = "http://127.0.0.1:6066"


class Group:
    """Stands for a cluster with one group."""

    def __init__(self, *members: MemberInfo) -> None:
        self.found: list[MemberInfo] = [*members]
        self.is_away = False

    async def members(self, _: str) -> list[MemberInfo]:
        if self.is_away:
            raise KafkaConnectionError("away")
        return self.found


def member(host: str, url: str | None, *events: int) -> MemberInfo:
    return MemberInfo(msgspec.json.encode({"url": url}), {"events": [*events]}, host)


def warned(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]


def directory(group: Any, url: str | None = LOOPBACK) -> Directory:
    return Directory(group, "shop", "events", url)


@pytest.mark.parametrize(
    "url", [LOOPBACK, "http://localhost:1", "http://[::1]:1", "http://0.0.0.0:1", "http://[::]:1"]
)
def test_a_worker_that_others_on_other_hosts_cannot_reach_says_so(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    group = Group(member("10.0.0.1", url, 0), member("10.0.0.2", "http://b:6066", 1))
    found = directory(group, url)
    asyncio.run(found.check_reach())
    (said,) = warned(caplog)
    assert said == (
        "Workers of this group run on several hosts (10.0.0.1, 10.0.0.2), and this one tells them "
        f"that its API is at {url}, which is of its own host only: they cannot pass on questions "
        "about its contacts. Set STREAMSEG_ADVERTISE=host:port to where they reach it"
    )
    asyncio.run(found.check_reach())
    assert len(warned(caplog)) == 1  # of the same hosts it is said once
    group.found.append(member("10.0.0.3", None))
    asyncio.run(found.check_reach())
    assert len(warned(caplog)) == 2


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        (LOOPBACK, ["10.0.0.1", "10.0.0.1"]),  # all are on one host
        ("http://10.0.0.1:6066", ["10.0.0.1", "10.0.0.2"]),
        ("http://shop-0.shop:6066", ["10.0.0.1", "10.0.0.2"]),
        (None, ["10.0.0.1", "10.0.0.2"]),  # it listens nowhere
    ],
)
def test_where_all_is_well_nothing_is_said(
    url: str | None, hosts: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    group = Group(*(member(host, url, number) for number, host in enumerate(hosts)))
    asyncio.run(directory(group, url).check_reach())
    assert not warned(caplog)


def test_a_group_that_cannot_be_asked_for_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    group = Group()
    group.is_away = True
    asyncio.run(directory(group).check_reach())
    assert not warned(caplog)
    assert asyncio.run(directory(group).owner(0)) is None


def test_the_owner_of_a_partition_is_whom_the_group_has_given_it_to() -> None:
    group = Group(member("10.0.0.1", "http://a:1", 0, 2), member("10.0.0.2", "http://b:1", 1))

    async def course() -> None:
        found = directory(group)
        assert [await found.owner(number) for number in range(4)] == [
            *("http://a:1", "http://b:1", "http://a:1", None)
        ]
        assert await found.members() == {"http://a:1": 2, "http://b:1": 1}
        group.found = [member("10.0.0.1", "http://a:1", 0, 1, 2)]
        assert await found.owner(1) == "http://b:1"  # it is asked once a second at most
        found.forget()
        assert await found.owner(1) is None  # there is another assignment, and who has what is open

    asyncio.run(course())
