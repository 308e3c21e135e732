"""Why Kafka cannot be worked with, in one line: not there, another protocol, a login, a right.

aiokafka tells of all that happens before the first answer only that it could not connect. So the
way in is tried once more here, step by step, for the first step that fails.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    NodeNotReadyError,
    RequestTimedOutError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from streamseg.kafka.oauth import TokenError

if TYPE_CHECKING:
    from collections.abc import Mapping

STEP_SECONDS: Final = 5.0
NO_CONNECTION: Final = (
    KafkaConnectionError,
    NodeNotReadyError,
    RequestTimedOutError,
    OSError,
    TimeoutError,
)
_FORBIDDEN: Final[dict[type[KafkaError], str]] = {
    TopicAuthorizationFailedError: "topic",
    GroupAuthorizationFailedError: "group",
    TransactionalIdAuthorizationFailed: "transactional id",
    ClusterAuthorizationFailedError: "cluster",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """What is wrong, in one line; `lasting` if trying again does not help."""

    message: str
    lasting: bool


async def find_failure(connection: Mapping[str, Any], error: BaseException) -> Failure:
    """What an error of a client with these options (aiokafka's) means.

    Where the client could not connect, this connects again to find out why, for a few seconds.
    """
    bootstrap = connection["bootstrap_servers"]
    refused = refusal(connection, error)
    if refused is not None:
        return refused
    # A token that is refused shows as anything: see _step_in.
    if isinstance(error, NO_CONNECTION) or "sasl_oauth_token_provider" in connection:
        hosts = [(host, port) for host, port, _ in collect_hosts(bootstrap)]
        causes = await asyncio.gather(*(_try(connection, host, port) for host, port in hosts))
        found = [cause for cause in dict.fromkeys(causes) if cause is not None]
        if found:
            return Failure(
                "Kafka cannot be worked with: " + "; ".join(cause.message for cause in found),
                all(cause is not None and cause.lasting for cause in causes),
            )
    return Failure(f"Kafka at {bootstrap}: {error}" if str(error) else repr(error), lasting=False)


def refusal(connection: Mapping[str, Any], error: BaseException) -> Failure | None:
    """What the user of the connection lacks, if that is what the error says."""
    for kind, what in _FORBIDDEN.items():
        if isinstance(error, kind):
            user = _user(connection) or "of this connection"
            names = _names(error)
            on = f"{what} {names}" if names and what != "cluster" else f"the {what}"
            if what == "cluster":
                on += " (who may write at least one topic needs none)"
            return Failure(
                f"Kafka at {connection['bootstrap_servers']} refuses: the user {user} lacks a "
                f"right on {on}. Grant it (docs/operations.md lists the rights), or use another "
                "user: STREAMSEG_SASL_USERNAME",
                lasting=True,
            )
    return None


def _user(connection: Mapping[str, Any]) -> str | None:
    """Who logs in, as far as the options of a client say it."""
    provider = connection.get("sasl_oauth_token_provider")
    return connection.get("sasl_plain_username") or getattr(provider, "client_id", None)


def _names(error: BaseException) -> str:
    """What the error is about, where the client says it: a name, or several."""
    about = error.args[0] if error.args else ""
    if isinstance(about, str):
        return about
    return ", ".join(sorted(map(str, about))) if isinstance(about, set | frozenset | list) else ""


async def _try(connection: Mapping[str, Any], host: str, port: int) -> Failure | None:
    """The first step on the way in that fails; None if Kafka answers."""
    failed, brokers = await _step_in(connection, host, port)
    if failed is not None:
        return failed
    for broker in brokers:
        if broker != (host, port):
            failed, _ = await _step_in(connection, *broker)
            if failed is not None:
                return Failure(
                    f"{host}:{port} answers, but names a broker {broker[0]}:{broker[1]} "
                    f"(its advertised.listeners), and {failed.message}",
                    failed.lasting,
                )
    return None


async def _step_in(
    connection: Mapping[str, Any], host: str, port: int
) -> tuple[Failure | None, list[tuple[str, int]]]:
    """Connect, log in and ask for the brokers: what fails, or the brokers' addresses."""
    options = {
        name: connection[name]
        for name in (
            "security_protocol",
            "ssl_context",
            "sasl_mechanism",
            "sasl_plain_username",
            "sasl_plain_password",
            "sasl_oauth_token_provider",
        )
        if name in connection
    }
    conn = None
    try:
        conn = await create_conn(host, port, request_timeout_ms=int(STEP_SECONDS * 1000), **options)
        answer = await conn.send(MetadataRequest([]))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        return await _explain(error, options, host, port), []
    finally:
        if conn is not None:
            conn.close()
    if not answer.brokers and "sasl_oauth_token_provider" in options:
        # aiokafka takes the broker's refusal of a token for a success, and what the broker says to
        # the request that follows for an answer.
        return await _explain(SaslAuthenticationFailed(), options, host, port), []
    return None, [(broker[1], broker[2]) for broker in answer.brokers]


async def _explain(
    error: BaseException, options: Mapping[str, Any], host: str, port: int
) -> Failure:
    protocol, place = options.get("security_protocol", "PLAINTEXT"), f"{host}:{port}"
    cause = error.__cause__ if isinstance(error, KafkaConnectionError) else error
    setting = f"STREAMSEG_SECURITY_PROTOCOL={protocol} does not fit"
    if (refused := _login_failure(cause, options, place, setting)) is not None:
        return refused
    match cause:
        case ssl.SSLCertVerificationError():
            return Failure(
                f"the certificate of {place} is not trusted ({cause.verify_message}): "
                "STREAMSEG_TLS_CA_FILE must name the authority that signed it",
                lasting=True,
            )
        case ssl.SSLError():
            return _tls_failure(cause, place, setting)
        case socket.gaierror():
            return Failure(f"the name {host} cannot be resolved", lasting=False)
        case ConnectionRefusedError():
            return Failure(
                f"nothing listens at {place}. Is Kafka running there? "
                "`streamseg kafka up` starts a local one",
                lasting=False,
            )
        case TimeoutError():
            return Failure(f"{place} does not answer within {STEP_SECONDS:.0f} s", lasting=False)
    if isinstance(error, KafkaConnectionError | ConnectionError):
        return await _closed(protocol, place, setting, host, port)
    return Failure(f"{place}: {error}" if str(error) else f"{place}: {error!r}", lasting=False)


def _login_failure(
    cause: BaseException | None, options: Mapping[str, Any], place: str, setting: str
) -> Failure | None:
    match cause:
        case TokenError():
            return Failure(str(cause), lasting=cause.lasting)
        case SaslAuthenticationFailed() if "sasl_oauth_token_provider" in options:
            return Failure(
                f"{place} does not take the token of client {_user(options)}: see "
                "STREAMSEG_SASL_OAUTH_SCOPE, and what the broker expects of a token",
                lasting=True,
            )
        case SaslAuthenticationFailed():
            return Failure(
                f"{place} does not take the login of user {_user(options)}: see "
                "STREAMSEG_SASL_USERNAME, STREAMSEG_SASL_PASSWORD and STREAMSEG_SASL_MECHANISM",
                lasting=True,
            )
        case UnsupportedSaslMechanismError():
            return Failure(
                f"{place} knows no login by {options['sasl_mechanism']}: see "
                "STREAMSEG_SASL_MECHANISM",
                lasting=True,
            )
        case IllegalSaslStateError():
            return Failure(f"{place} takes no login, {setting}", lasting=True)
    return None


def _tls_failure(error: ssl.SSLError, place: str, setting: str) -> Failure:
    reason = error.reason or str(error)
    if "CERTIFICATE_REQUIRED" in reason or "HANDSHAKE_FAILURE" in reason:
        return Failure(
            f"{place} wants a certificate of the client ({reason}): see STREAMSEG_TLS_CERT_FILE "
            "and STREAMSEG_TLS_KEY_FILE",
            lasting=True,
        )
    return Failure(f"{place} speaks no TLS ({reason}), {setting}", lasting=True)


async def _closed(protocol: str, place: str, setting: str, host: str, port: int) -> Failure:
    """The other side has hung up, as brokers do on another protocol than theirs."""
    if protocol.endswith("SSL"):
        return Failure(f"{place} hangs up on TLS, {setting}", lasting=False)
    if await _speaks_tls(host, port):
        return Failure(f"{place} wants TLS, {setting}", lasting=True)
    if protocol == "PLAINTEXT":
        return Failure(f"{place} hangs up: it wants a login, {setting}", lasting=False)
    return Failure(f"{place} hangs up: it is no Kafka, or {setting}", lasting=False)


async def _speaks_tls(host: str, port: int) -> bool:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(STEP_SECONDS):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
