"""Apache Kafka's jars: pinned in `kafka.lock`, fetched once by jgo, checked at every start.

The lock has one line a jar, `group:artifact:version sha256`. jgo knows where public artifacts are;
no address stands here. The cache is shared by all projects of a user and is safe to delete.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from streamseg.broker.errors import BrokerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DOWNLOAD_TIMEOUT_S = 60
DOWNLOAD_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Jar:
    """One pinned artifact."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"

    def __str__(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"


def locked_jars() -> tuple[Jar, ...]:
    """Reads the lock."""
    lines = (files("streamseg.broker") / "kafka.lock").read_text(encoding="utf-8").splitlines()
    jars = []
    for line in lines:
        if line and not line.startswith("#"):
            coordinates, sha256 = line.split()
            group, artifact, version = coordinates.split(":")
            jars.append(Jar(group, artifact, version, sha256))
    return tuple(jars)


def kafka_version() -> str:
    """The pinned version of Apache Kafka, as `4.3.1`."""
    return next(jar.version for jar in locked_jars() if jar.artifact.startswith("kafka_"))


def cache_dir() -> Path:
    """Where the jars are kept: `$XDG_CACHE_HOME/streamseg/kafka-VERSION` or below `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "streamseg" / f"kafka-{kafka_version()}"


def ensure_jars(say: Callable[[str], None]) -> list[Path]:
    """Returns the paths of all jars in the lock's order, fetching what is missing or damaged.

    Raises BrokerError when a jar cannot be fetched or is not the one that was pinned.
    """
    jars, cache = locked_jars(), cache_dir()
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache / ".lock"):
        missing = [jar for jar in jars if not _is_pinned(cache / jar.file_name, jar)]
        if missing:
            say(f"fetching Apache Kafka {kafka_version()}: {len(missing)} jars, kept in {cache}")
            with ThreadPoolExecutor(max_workers=8) as pool:
                list(pool.map(lambda jar: _fetch(jar, cache), missing))
    return [cache / jar.file_name for jar in jars]


def _is_pinned(path: Path, jar: Jar) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == jar.sha256


def _fetch(jar: Jar, cache: Path) -> None:
    """Puts one jar into the cache, or raises: a jar is there whole and checked, or not at all."""
    failure: Exception | None = None
    for _ in range(DOWNLOAD_ATTEMPTS):
        with tempfile.TemporaryDirectory(dir=cache, prefix=".fetch-") as folder:
            try:
                fetched = _download(jar, Path(folder))
            except (OSError, RuntimeError) as error:  # the errors of requests are OSErrors
                failure = error
                continue
            if not _is_pinned(fetched, jar):
                raise BrokerError(
                    f"{jar} is not the artifact that was pinned: its SHA-256 differs from "
                    f"{jar.sha256}. Ask whoever runs your package mirror."
                )
            fetched.replace(cache / jar.file_name)
            return
    raise BrokerError(
        f"cannot fetch {jar}: {failure}. Check the network, or set KAFKA_BOOTSTRAP to a Kafka "
        "that runs already."
    )


def _download(jar: Jar, folder: Path) -> Path:
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=folder, timeout=DOWNLOAD_TIMEOUT_S)
    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    return Path(component.artifact().resolve())


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Holds an advisory lock, so that two starts at once fetch only once."""
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
