"""The pinned jars: what the lock holds, and what is done with a jar that is not the pinned one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from streamseg.broker import BrokerError, jars
from streamseg.broker.jars import Jar

GOOD = b"the artifact that was pinned"
JAR = Jar("org.example", "thing", "1.0", hashlib.sha256(GOOD).hexdigest())


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(jars, "locked_jars", lambda: (JAR,))
    monkeypatch.setattr(jars, "kafka_version", lambda: "9.9")
    return tmp_path / "streamseg" / "kafka-9.9"


def fetching(monkeypatch: pytest.MonkeyPatch, *answers: bytes | Exception) -> list[str]:
    """Lets downloads bring `answers`, one after the other; returns what was asked for."""
    asked: list[str] = []
    left = list(answers)

    def download(jar: Jar, folder: Path) -> Path:
        asked.append(str(jar))
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        (folder / "fetched").write_bytes(answer)
        return folder / "fetched"

    monkeypatch.setattr(jars, "_download", download)
    return asked


def test_the_lock_pins_kafka_and_every_checksum() -> None:
    locked = jars.locked_jars()
    assert jars.kafka_version() == "4.3.1"
    assert all(len(bytes.fromhex(jar.sha256)) == 32 for jar in locked)
    assert len({jar.file_name for jar in locked}) == len(locked)
    assert {"kafka-clients", "slf4j-simple"} <= {jar.artifact for jar in locked}


def test_a_jar_is_fetched_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = fetching(monkeypatch, GOOD)
    assert jars.ensure_jars(print) == [cache / "thing-1.0.jar"]
    assert jars.ensure_jars(print) == [cache / "thing-1.0.jar"]
    assert asked == ["org.example:thing:1.0"]
    assert {path.name for path in cache.iterdir()} == {"thing-1.0.jar", ".lock"}


def test_a_damaged_jar_is_fetched_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.mkdir(parents=True)
    (cache / "thing-1.0.jar").write_bytes(GOOD[:-1])
    fetching(monkeypatch, GOOD)
    (path,) = jars.ensure_jars(print)
    assert path.read_bytes() == GOOD


def test_another_artifact_than_the_pinned_one_is_refused(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetching(monkeypatch, b"something else")
    with pytest.raises(BrokerError, match=r"org.example:thing:1.0 is not the artifact"):
        jars.ensure_jars(print)
    assert not (cache / "thing-1.0.jar").exists()


def test_a_download_that_fails_is_tried_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetching(monkeypatch, OSError("reset"), RuntimeError("502"), GOOD)
    assert [path.name for path in jars.ensure_jars(print)] == ["thing-1.0.jar"]


def test_without_a_network_the_way_out_is_told(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetching(monkeypatch, *[OSError("unreachable")] * jars.DOWNLOAD_ATTEMPTS)
    with pytest.raises(BrokerError, match=r"unreachable.*KAFKA_BOOTSTRAP"):
        jars.ensure_jars(print)
