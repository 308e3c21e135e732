"""Settings from the environment, and what is said when they are wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streamseg.cli.main import app
from streamseg.environment import load_settings, origin, variables
from streamseg.settings import SECRETS, Settings, SettingsError


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("STREAMSEG_") or name == "KAFKA_BOOTSTRAP":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_every_setting_has_a_default_and_a_description() -> None:
    settings = load_settings()
    assert settings.topic("events") == "streamseg.events"
    assert all(info.description for info in Settings.model_fields.values())


def test_a_duration_has_a_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMSEG_LATENESS", "2m")
    assert load_settings().lateness_ms == 120_000
    monkeypatch.setenv("STREAMSEG_LATENESS", "2")
    with pytest.raises(SettingsError, match=r"STREAMSEG_LATENESS=2: .*with a unit"):
        load_settings()


def test_a_misspelt_variable_is_an_error_that_names_the_right_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STREAMSEG_LATENES", "2s")
    with pytest.raises(SettingsError, match="did you mean STREAMSEG_LATENESS"):
        load_settings()


def test_everything_that_is_wrong_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMSEG_WEB_PORT", "70000")
    monkeypatch.setenv("STREAMSEG_PROCESSING_GUARANTEE", "hopefully_once")
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert "STREAMSEG_WEB_PORT=70000" in str(error.value)
    assert "STREAMSEG_PROCESSING_GUARANTEE=hopefully_once" in str(error.value)


def test_the_own_variable_goes_before_kafka_bootstrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "a:1")
    assert (load_settings().bootstrap, origin("bootstrap")) == ("a:1", "env KAFKA_BOOTSTRAP")
    monkeypatch.setenv("STREAMSEG_BOOTSTRAP", "b:2,c:3")
    assert load_settings().bootstrap == "b:2,c:3"
    assert origin("bootstrap") == "env STREAMSEG_BOOTSTRAP"


def test_a_command_line_option_goes_before_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMSEG_BOOTSTRAP", "b:2")
    assert load_settings(bootstrap="d:4", rules=None).bootstrap == "d:4"


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("STREAMSEG_WEB_PORT=7000\nSTREAMSEG_LOG_LEVEL=debug\n")
    monkeypatch.setenv("STREAMSEG_WEB_PORT", "7001")
    settings = load_settings()
    assert (settings.web_port, settings.log_level) == (7001, "debug")
    assert origin("log_level") == ".env STREAMSEG_LOG_LEVEL"
    assert origin("web_host") == "default"


def test_sasl_needs_a_user_and_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMSEG_SECURITY_PROTOCOL", "SASL_PLAINTEXT")
    with pytest.raises(SettingsError, match="needs STREAMSEG_SASL_USERNAME"):
        load_settings()
    monkeypatch.setenv("STREAMSEG_SASL_USERNAME", "u")
    monkeypatch.setenv("STREAMSEG_SASL_PASSWORD", "hunter2")
    assert load_settings().connection()["sasl_plain_password"] == "hunter2"  # noqa: S105


def test_a_password_may_be_in_a_file_and_is_read_when_it_is_needed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "password"
    monkeypatch.setenv("STREAMSEG_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("STREAMSEG_SASL_USERNAME", "u")
    monkeypatch.setenv("STREAMSEG_SASL_PASSWORD_FILE", str(path))
    settings = load_settings()
    with pytest.raises(SettingsError, match=r"STREAMSEG_SASL_PASSWORD_FILE=.*cannot be read"):
        settings.connection()
    path.write_text("")
    with pytest.raises(SettingsError, match=r"STREAMSEG_SASL_PASSWORD_FILE=.*is empty"):
        settings.connection()
    path.write_text("hunter2\n")
    assert settings.connection()["sasl_plain_password"] == "hunter2"  # noqa: S105
    path.write_text("hunter3\n")
    assert settings.connection()["sasl_plain_password"] == "hunter3"  # noqa: S105


def test_a_secret_is_given_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMSEG_SASL_PASSWORD", "hunter2")
    monkeypatch.setenv("STREAMSEG_SASL_PASSWORD_FILE", "password")
    with pytest.raises(SettingsError, match="either STREAMSEG_SASL_PASSWORD or") as error:
        load_settings()
    assert "hunter2" not in str(error.value)


def test_tokens_need_an_endpoint_a_client_and_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMSEG_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("STREAMSEG_SASL_MECHANISM", "OAUTHBEARER")
    with pytest.raises(SettingsError, match=r"needs STREAMSEG_SASL_OAUTH_TOKEN_URL, .*_SECRET"):
        load_settings()
    monkeypatch.setenv("STREAMSEG_SASL_OAUTH_TOKEN_URL", "sso.example/token")
    with pytest.raises(SettingsError, match=r"STREAMSEG_SASL_OAUTH_TOKEN_URL=sso\.example"):
        load_settings()


@pytest.mark.parametrize("field", SECRETS)
def test_no_secret_is_ever_shown(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    monkeypatch.setenv(variables(field)[0], "hunter2")
    for command in (["config", "show"], ["config", "show", "--json"], ["config", "example"]):
        shown = CliRunner().invoke(app, command)
        assert shown.exit_code == 0
        assert "hunter2" not in shown.output
    assert "hunter2" not in repr(load_settings())


def test_a_missing_tls_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMSEG_SECURITY_PROTOCOL", "SSL")
    monkeypatch.setenv("STREAMSEG_TLS_CA_FILE", "nowhere.pem")
    with pytest.raises(SettingsError, match=r"nowhere\.pem"):
        load_settings().connection()


@pytest.mark.parametrize("name", ["TLS_CA_FILE", "TLS_CERT_FILE"])
def test_a_tls_file_that_is_none_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "empty.pem"
    path.write_text("")
    monkeypatch.setenv("STREAMSEG_SECURITY_PROTOCOL", "SSL")
    monkeypatch.setenv(f"STREAMSEG_{name}", str(path))
    with pytest.raises(SettingsError, match=rf"STREAMSEG_{name}.*empty\.pem"):
        load_settings().connection()


def test_a_slow_heartbeat_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMSEG_HEARTBEAT_INTERVAL", "3s")
    with pytest.raises(SettingsError, match="a third of STREAMSEG_SESSION_TIMEOUT"):
        load_settings()


def test_config_show_masks_secrets_and_names_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMSEG_SASL_PASSWORD", "hunter2")
    for arguments in (["config", "show"], ["config", "show", "--json"]):
        shown = CliRunner().invoke(app, arguments)
        assert shown.exit_code == 0
        assert "hunter2" not in shown.output
        assert "env STREAMSEG_SASL_PASSWORD" in shown.output
    rows = json.loads(shown.output)
    assert [row["field"] for row in rows] == list(Settings.model_fields)
    assert variables("lateness_ms") == ("STREAMSEG_LATENESS",)
