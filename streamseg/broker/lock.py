"""Writes `kafka.lock` anew: `python -m streamseg.broker.lock [VERSION]`, for who maintains it.

Resolves Apache Kafka with everything that it needs at run time and prints one line a jar. Review
the difference before committing it: these are the checksums that every later start trusts.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path

from jgo.maven import MavenContext

from streamseg.broker.jars import DOWNLOAD_TIMEOUT_S, kafka_version

# Kafka writes its log through SLF4J; this binding sends it to standard error.
LOG_BINDING = "org.slf4j:slf4j-simple:1.7.36"


def resolve(version: str) -> list[str]:
    """Returns the lock's lines for a version of Apache Kafka, fetching every jar once."""
    with tempfile.TemporaryDirectory(prefix="streamseg-lock-") as folder:
        context = MavenContext(repo_cache=Path(folder), timeout=DOWNLOAD_TIMEOUT_S)
        wanted = [
            context.create_dependency(f"org.apache.kafka:kafka_2.13:{version}"),
            context.create_dependency(LOG_BINDING),
        ]
        named, needed = context.resolver.resolve(wanted)
        lines = []
        for dependency in [*named, *needed]:
            sha256 = hashlib.sha256(dependency.artifact.resolve().read_bytes()).hexdigest()
            lines.append(
                f"{dependency.groupId}:{dependency.artifactId}:{dependency.version} {sha256}"
            )
        return lines


if __name__ == "__main__":
    wanted_version = sys.argv[1] if len(sys.argv) > 1 else kafka_version()
    print("# Apache Kafka and what it needs, written by: python -m streamseg.broker.lock")  # noqa: T201
    print("# group:artifact:version sha256")  # noqa: T201
    print("\n".join(resolve(wanted_version)))  # noqa: T201
