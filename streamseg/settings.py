"""Settings of a worker and of the commands that talk to Kafka: `STREAMSEG_*` or a `.env` file.

Every setting has a default; the environment goes before `.env`. Durations are written with a unit,
as `10ms`, `5s` or `24h`, and are integers of milliseconds in the program. A variable that starts
with `STREAMSEG_` and is none of these is an error: it is a misspelt one more often than not.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from streamseg.core.errors import StreamsegError

if TYPE_CHECKING:
    from streamseg.kafka.oauth import ClientCredentials
    from streamseg.kafka.tls import TlsFiles

PREFIX = "STREAMSEG_"
ENV_FILE = ".env"
# Settings that are never shown; each may be given as the path of a file that holds it.
SECRETS = (
    "sasl_password",
    "sasl_oauth_client_secret",
    "tls_key_password",
    "api_token",
    "privacy_key",
)

_LOGINS = {
    "PLAIN": ("sasl_username", "sasl_password"),  # and SCRAM
    "OAUTHBEARER": ("sasl_oauth_token_url", "sasl_oauth_client_id", "sasl_oauth_client_secret"),
}

_UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_DURATION = re.compile(r"(\d+)(ms|[smhdw])")
_ADDRESSES = re.compile(r"[^\s,]+:\d+(,[^\s,]+:\d+)*")


class SettingsError(StreamsegError):
    """The configuration is at fault; the message names each variable and what would be right."""


def _duration_ms(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = _DURATION.fullmatch(value.strip())
    if found is None:
        raise ValueError(f"{value!r} is no duration; write it with a unit, as 10ms, 5s or 24h")
    return int(found[1]) * _UNITS_MS[found[2]]


def _addresses(value: str) -> str:
    if not _ADDRESSES.fullmatch(value):
        raise ValueError("must be host:port, with commas between several")
    return value


DurationMs = Annotated[int, BeforeValidator(_duration_ms)]


def variable(field: str) -> str:
    """The environment variable of a field, but for those that have an alias."""
    return PREFIX + field.removesuffix("_ms").upper()


class Settings(BaseSettings):
    """All settings. Fields that end in `_ms` are milliseconds; their variables take durations."""

    model_config = SettingsConfigDict(
        alias_generator=variable,
        populate_by_name=True,
        env_file=ENV_FILE,
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    bootstrap: Annotated[str, AfterValidator(_addresses)] = Field(
        "127.0.0.1:9092",
        validation_alias=AliasChoices("STREAMSEG_BOOTSTRAP", "KAFKA_BOOTSTRAP"),
        description="Bootstrap brokers of Kafka: host:port, separated by commas",
    )
    app_id: str = Field(
        "streamseg",
        pattern=r"^[A-Za-z0-9._-]{1,200}$",
        description="Name of the application: the consumer group, and the prefix of transactional "
        "ids",
    )
    rules: Path | None = Field(None, description="The rule file of a worker")
    topic_prefix: str = Field(
        "streamseg.",
        pattern=r"^[A-Za-z0-9._-]{0,200}$",
        description="Prefix of the names of all topics",
    )

    topics_owner: Literal["streamseg", "strimzi"] = Field(
        "streamseg", description="Who may change topics: streamseg (topics apply) or strimzi"
    )

    lateness_ms: DurationMs = Field(
        5_000, ge=0, description="How long a time-driven trigger waits for late events (duration)"
    )
    stale_after_ms: DurationMs = Field(
        86_400_000, ge=0, description="Triggers older than this are suppressed as stale (duration)"
    )

    partitioner: Literal["murmur2", "any"] = Field(
        "murmur2",
        description="murmur2 (a record must be in the partition that Kafka's default partitioner "
        "gives its key) or any",
    )
    processing_guarantee: Literal["exactly_once", "at_least_once"] = Field(
        "exactly_once", description="exactly_once (transactions) or at_least_once"
    )
    on_poison: Literal["stop", "park"] = Field(
        "stop",
        description="When the engine fails on a record: stop, or park it (write it to the dead "
        "letters and go on)",
    )
    batch_max_records: int = Field(
        50_000,
        ge=1,
        le=1_000_000,
        description="Maximum records of one batch, all partitions together",
    )
    batch_max_contacts: int = Field(
        2_000, ge=1, description="Maximum contacts that are due in one batch, per partition"
    )
    min_cycle_ms: DurationMs = Field(
        10,
        ge=0,
        le=60_000,
        description="Minimum time from the begin of one transaction to that of the next (duration)",
    )
    transaction_timeout_ms: DurationMs = Field(
        600_000,
        ge=1_000,
        le=86_400_000,
        description="The broker aborts a transaction that is open for longer than this (duration)",
    )
    request_timeout_ms: DurationMs = Field(
        15_000, ge=1_000, description="Timeout of a request to a broker (duration)"
    )
    session_timeout_ms: DurationMs = Field(
        6_000,
        ge=1_000,
        description="Group session timeout: a worker without heartbeats for this "
        "long loses its partitions (duration)",
    )
    heartbeat_interval_ms: DurationMs = Field(
        1_000, ge=100, description="Interval of a worker's heartbeats to the group (duration)"
    )
    metadata_max_age_ms: DurationMs = Field(
        60_000,
        ge=100,
        description="Interval at which metadata is refreshed: new partitions are "
        "found within it (duration)",
    )
    accept_loss: bool = Field(
        False, description="Go on although records or state were deleted; set it for one start only"
    )
    group_instance_id: str | None = Field(
        None, description="Static group membership: a name that this worker keeps over restarts"
    )

    web_host: str = Field(
        "127.0.0.1",
        description="Address of the web server: /metrics, /healthz, /readyz, API and console",
    )
    web_port: int = Field(
        6066, ge=0, le=65535, description="Port of the web server; 0 takes any free port"
    )
    advertise: str | None = Field(
        None,
        pattern=r"^[^\s/:]+:\d+$|^\[[0-9a-fA-F:]+\]:\d+$",
        description="host:port at which other workers reach this worker's API (default: its own "
        "address)",
    )
    topic_url: str | None = Field(
        None,
        pattern=r"^https?://\S*\{topic\}\S*$",
        description="URL of a topic in your topic browser, with {topic} for the name; the console "
        "links to it",
    )
    api_tokens: Path | None = Field(
        None, description="File of the API's tokens; without it the API answers only this machine"
    )
    api_token: SecretStr | None = Field(
        None, description="Token that commands send to workers' API (never shown)"
    )
    api_token_file: Path | None = Field(None, description="File that holds the API token, instead")
    privacy_key: SecretStr | None = Field(
        None,
        description="Key of pseudonyms, 16 to 64 bytes; all workers need the same one (never shown)"
        "",
    )
    privacy_key_file: Path | None = Field(
        None, description="File that holds the key of pseudonyms, instead"
    )
    log_format: Literal["text", "json"] = Field("text", description="text or json")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="debug, info, warning or error"
    )

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = Field(
        "PLAIN", description="PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER"
    )
    sasl_username: str | None = Field(None, description="SASL user name")
    sasl_password: SecretStr | None = Field(None, description="SASL password (never shown)")
    sasl_password_file: Path | None = Field(
        None,
        description="File that holds the SASL password, instead; may be replaced while a "
        "worker runs",
    )
    sasl_oauth_token_url: str | None = Field(
        None, pattern=r"^https?://", description="URL of the token endpoint for OAUTHBEARER"
    )
    sasl_oauth_client_id: str | None = Field(None, description="OAuth client id")
    sasl_oauth_client_secret: SecretStr | None = Field(
        None, description="OAuth client secret (never shown)"
    )
    sasl_oauth_client_secret_file: Path | None = Field(
        None,
        description="File that holds the client secret, instead; may be replaced while a "
        "worker runs",
    )
    sasl_oauth_scope: str | None = Field(None, description="OAuth scope, if the server needs one")
    tls_ca_file: Path | None = Field(
        None,
        description="PEM file of trusted certificate authorities (default: those of the system)",
    )
    tls_cert_file: Path | None = Field(None, description="PEM file of the client's certificate")
    tls_key_file: Path | None = Field(None, description="PEM file of the client's private key")
    tls_key_password: SecretStr | None = Field(
        None, description="Password of the private key (never shown)"
    )
    tls_key_password_file: Path | None = Field(
        None, description="File that holds the password of the private key, instead"
    )

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.heartbeat_interval_ms * 3 > self.session_timeout_ms:
            raise ValueError(
                "STREAMSEG_HEARTBEAT_INTERVAL must be at most a third of STREAMSEG_SESSION_TIMEOUT"
            )
        for secret in SECRETS:
            if getattr(self, secret) is not None and getattr(self, f"{secret}_file") is not None:
                raise ValueError(f"give either {variable(secret)} or {variable(secret)}_FILE")
        if self.security_protocol.startswith("SASL"):
            self._check_login()
        return self

    def _check_login(self) -> None:
        needed = _LOGINS["OAUTHBEARER" if self.sasl_mechanism == "OAUTHBEARER" else "PLAIN"]
        if not all(
            getattr(self, field) or (field in SECRETS and getattr(self, f"{field}_file"))
            for field in needed
        ):
            *first, last = (
                variable(field) + (" (or _FILE)" if field in SECRETS else "") for field in needed
            )
            raise ValueError(
                f"STREAMSEG_SECURITY_PROTOCOL={self.security_protocol} with "
                f"STREAMSEG_SASL_MECHANISM={self.sasl_mechanism} needs {', '.join(first)} "
                f"and {last}"
            )

    def topic(self, short: str) -> str:
        """The full name of a topic: `events` -> `streamseg.events`."""
        return self.topic_prefix + short

    def secret(self, field: str) -> str | None:
        """A secret as it is now: that of the setting, or what its file holds at this moment.

        Raises SettingsError when the file cannot be read or is empty.
        """
        given: SecretStr | None = getattr(self, field)
        path: Path | None = getattr(self, f"{field}_file")
        if given is not None or path is None:
            return None if given is None else given.get_secret_value()
        try:
            text = path.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{variable(field)}_FILE={path} cannot be read: {error}") from error
        if not text:
            raise SettingsError(f"{variable(field)}_FILE={path} is empty")
        return text

    @property
    def pseudonym_key(self) -> bytes:
        """The key of pseudonyms; empty where there is none. Raises SettingsError."""
        key = (self.secret("privacy_key") or "").encode()
        if key and not 16 <= len(key) <= 64:
            raise SettingsError(
                f"STREAMSEG_PRIVACY_KEY has {len(key)} bytes; 16 to 64 are right, as of: "
                "openssl rand -hex 32"
            )
        return key

    def connection(self) -> dict[str, Any]:
        """The options of every aiokafka client: where Kafka is and how to get in.

        Raises SettingsError when a file of TLS or with a secret cannot be used.
        """
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": self.security_protocol,
        }
        if self.security_protocol.endswith("SSL"):
            options["ssl_context"] = self._tls_files().context()
        if self.security_protocol.startswith("SASL"):
            options["sasl_mechanism"] = self.sasl_mechanism
            options |= self._login()
        return options

    def _login(self) -> dict[str, Any]:
        if self.sasl_mechanism == "OAUTHBEARER":
            self.secret("sasl_oauth_client_secret")  # told now rather than at the first connection
            return {"sasl_oauth_token_provider": self.token_provider}
        return {
            "sasl_plain_username": self.sasl_username,
            "sasl_plain_password": self.secret("sasl_password"),
        }

    @cached_property
    def token_provider(self) -> ClientCredentials:
        """What gets the tokens of OAUTHBEARER; one for all clients, as they share the token."""
        from streamseg.kafka.oauth import ClientCredentials

        return ClientCredentials(
            self.sasl_oauth_token_url or "",
            self.sasl_oauth_client_id or "",
            lambda: self.secret("sasl_oauth_client_secret") or "",
            self.sasl_oauth_scope,
            self.tls_ca_file,
        )

    def _tls_files(self) -> TlsFiles:
        from streamseg.kafka.tls import TlsFiles

        return TlsFiles(
            self.tls_ca_file,
            self.tls_cert_file,
            self.tls_key_file,
            lambda: self.secret("tls_key_password"),
        )
