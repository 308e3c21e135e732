"""Workers and commands get in by every way that a Kafka has, and stay in when secrets change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest

from .installation import Installation, wait_for
from .secured import SCRAM, Secured, secured_kafka
from .shop import RULES, simulated
from .test_access import told

pytestmark = [
    pytest.mark.stream,
    pytest.mark.skipif(which("openssl") is None, reason="openssl is not here"),
]


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with secured_kafka(tmp_path_factory.mktemp("certificates")) as kafka:
        kafka.set_password("ann", "ann-secret")
        yield kafka


@pytest.fixture
def shop(secured: Secured, tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(secured.bootstrap, tmp_path, RULES, partitions=1)
    yield installation
    installation.close()


def by_token(secured: Secured, secret: Path) -> dict[str, str]:
    return secured.settings(
        "TOKEN",
        sasl_mechanism="OAUTHBEARER",
        sasl_oauth_token_url=secured.tokens.url,
        sasl_oauth_client_id="shop",
        sasl_oauth_client_secret_file=str(secret),
    )


def by_scram(secured: Secured, mechanism: str, password: Path) -> dict[str, str]:
    return secured.settings(
        "SCRAM",
        sasl_mechanism=mechanism,
        sasl_username="ann",
        sasl_password_file=str(password),
    )


WAYS = ["TLS", "CERTIFICATE", *SCRAM, "TOKEN"]


@pytest.mark.parametrize("way", WAYS)
def test_a_worker_gets_in(secured: Secured, shop: Installation, tmp_path: Path, way: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n" if way == "TOKEN" else "ann-secret\n")
    match way:
        case "TOKEN":
            settings = by_token(secured, secret)
        case "CERTIFICATE":
            settings = secured.settings(
                way,
                tls_cert_file=str(secured.client.certificate),
                tls_key_file=str(secured.client.key),
            )
        case "TLS":
            settings = secured.settings(way)
        case _:
            settings = by_scram(secured, way, secret)
    worker = shop.worker(**settings)
    shop.produce(simulated(200))
    shop.wait_drained()
    assert shop.told(), worker.log
    assert worker.stop() == 0, worker.log
    assert "s3cret" not in worker.log
    assert "ann-secret" not in worker.log


def test_a_wrong_secret_of_a_client_is_told_in_one_line(secured: Secured, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("wrong")
    line = told(by_token(secured, secret), "topics", "plan")
    assert "gives the client shop no token (401, invalid_client)" in line


def test_a_token_that_the_broker_refuses_is_told_in_one_line(
    secured: Secured, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    secured.tokens.seconds = -60
    try:
        line = told(by_token(secured, secret), "topics", "plan")
    finally:
        secured.tokens.seconds = 300
    assert "does not take the token of client shop" in line


def test_no_certificate_where_one_is_wanted_is_told_in_one_line(secured: Secured) -> None:
    line = told(secured.settings("CERTIFICATE"), "topics", "plan")
    assert "wants a certificate of the client" in line


def test_a_worker_goes_on_with_a_password_that_was_renewed(
    secured: Secured, shop: Installation, tmp_path: Path
) -> None:
    password = tmp_path / "password"
    password.write_text("ann-secret")
    events = list(simulated(400))
    try:
        worker = shop.worker(**by_scram(secured, "SCRAM-SHA-512", password))
        worker.wait_running()
        shop.produce(events[:200])
        shop.wait_drained()
        before = len(shop.told())

        secured.set_password("ann", "another")
        password.write_text("another")
        wait_for(lambda: "new credentials" in worker.log, 20, lambda: worker.log)
        shop.produce(events[200:])
        shop.wait_drained()
        assert len(shop.told()) > before
        assert worker.stop() == 0, worker.log
    finally:
        secured.set_password("ann", "ann-secret")
