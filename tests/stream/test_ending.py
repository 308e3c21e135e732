"""How a worker ends: asked to, or because a person has to mend something."""

from __future__ import annotations

import hashlib
import signal
from pathlib import Path

import pytest

from streamseg.broker.probe import free_port

from .conftest import Install
from .installation import Installation, ids, wait_for
from .scraping import scraped
from .shop import simulated

pytestmark = pytest.mark.stream


def test_sigterm_commits_what_is_done_and_the_next_worker_goes_on_from_there(
    install: Install,
) -> None:
    events = simulated(4_000)
    shop = install()
    shop.produce(events)
    first = shop.worker(batch_max_records="60")
    first.wait_running()
    wait_for(lambda: shop.committed_events() > 500, 60, "some progress")
    assert first.stop() == 0
    reached = shop.committed_events()
    assert 500 < reached < 4_000
    told = ids(shop.told())
    second = shop.worker()
    shop.wait_drained()
    assert second.stop() == 0
    assert "Fencing" not in second.log, "a clean stop leaves nobody to fence"
    after = ids(shop.told())
    assert told <= after
    assert max(after.values()) == 1


def test_missing_topics_are_told_with_the_command_that_makes_them(
    kafka: str, tmp_path: Path
) -> None:
    shop = Installation(kafka, tmp_path, "version: 1\nsegments: [{name: a, use: inactivity}]\n")
    worker = shop.worker(topic_prefix="nowhere.")
    assert worker.wait() == 1
    assert "nowhere.events" in worker.log
    assert "streamseg topics apply" in worker.log
    assert "Traceback" not in worker.log


def test_unequal_partition_counts_are_told(install: Install) -> None:
    shop = install()
    shop.add_partitions("signals", 6)
    worker = shop.worker()
    assert worker.wait() == 1
    assert f"{shop.topic('events')} has 4 partitions and {shop.topic('signals')} 6" in worker.log
    assert "Traceback" not in worker.log


def test_partitions_raised_under_running_workers_end_them_with_the_same_message(
    install: Install,
) -> None:
    shop = install()
    workers = [shop.worker(metadata_max_age="500ms") for _ in range(2)]
    for worker in workers:
        worker.wait_running()
    shop.add_partitions("events", 6)
    for worker in workers:
        assert worker.wait() == 1
        assert f"{shop.topic('events')} has 6 partitions" in worker.log
        assert f"{shop.topic('signals')} 4; they must be equal" in worker.log
        assert "Traceback" not in worker.log
        assert "never retrieved" not in worker.log


def test_a_changelog_with_more_partitions_ends_a_running_worker_too(install: Install) -> None:
    shop = install()
    worker = shop.worker(metadata_max_age="500ms")
    worker.wait_running()
    shop.add_partitions("changelog", 6)
    assert worker.wait() == 1
    assert f"{shop.topic('changelog')} 6; they must be equal" in worker.log


def test_output_topics_may_get_more_partitions_under_a_running_worker(install: Install) -> None:
    shop = install()
    worker = shop.worker(metadata_max_age="500ms")
    worker.wait_running()
    shop.add_partitions("triggers", 12)
    worker.wait_running(times=2)
    assert "12 partitions, not" in worker.log
    assert worker.stop() == 0
    assert "Traceback" not in worker.log


def test_a_worker_whose_web_port_is_taken_never_joins(install: Install) -> None:
    shop = install()
    port = str(free_port())
    first = shop.worker(web_port=port)
    first.wait_running()
    second = shop.worker(web_port=port)
    assert second.wait() == 1
    assert f"cannot listen on 127.0.0.1:{port}" in second.log
    assert "Traceback" not in second.log
    shop.produce(simulated(200))
    shop.wait_drained()
    assert first.stop() == 0
    assert first.log.count("partitions are running") == 1, "the group had no second member"


def test_a_worker_says_which_rules_it_runs(install: Install) -> None:
    shop = install()
    worker = shop.worker()
    worker.wait_running()
    digest = hashlib.sha256(shop.rules.read_bytes()).hexdigest()[:12]
    assert f"Rules {shop.rules}, {digest}: 4 segments" in worker.log
    labels = f'file="{shop.rules}",hash="{digest}",segments="4"'
    assert scraped(worker, f"streamseg_rules_info{{{labels}}}") == 1


def test_sighup_ends_it_as_sigterm_does(install: Install) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # it is ignored where tests run by nohup
    try:
        worker = install().worker()
    finally:
        signal.signal(signal.SIGHUP, before)
    worker.wait_running()
    worker.process.send_signal(signal.SIGHUP)
    assert worker.wait() == 0
    assert "Stopped" in worker.log


def test_without_rules_it_says_what_is_missing(install: Install) -> None:
    worker = install().worker(rules="")
    assert worker.wait() == 1
    assert "STREAMSEG_RULES" in worker.log
    assert "Traceback" not in worker.log


def test_a_broker_that_is_away_is_told_once_per_back_off_and_tried_again(
    install: Install,
) -> None:
    worker = install().worker(bootstrap=f"127.0.0.1:{free_port()}")
    wait_for(lambda: worker.log.count("trying again") >= 3, 30, lambda: worker.log)
    lines = [line for line in worker.log.splitlines() if "starting" not in line.lower()]
    assert len(lines) < 12, "the client's own complaints are held back"
    assert worker.stop() == 0
