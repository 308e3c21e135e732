"""Tokens for SASL/OAUTHBEARER, by the client credentials grant (RFC 6749, section 4.4)."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import quote_plus, urlencode
from urllib.request import Request, urlopen

from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaError

from streamseg.settings import SettingsError

ANSWER_SECONDS: Final = 10.0
# A token is used for this share of its life, so that none ends while a connection begins.
USED_SHARE: Final = 0.8
_SEE: Final = (
    "see STREAMSEG_SASL_OAUTH_TOKEN_URL, STREAMSEG_SASL_OAUTH_CLIENT_ID and "
    "STREAMSEG_SASL_OAUTH_CLIENT_SECRET"
)


class TokenError(KafkaError):  # type: ignore[misc]
    """There is no token; `lasting` if asking again does not help."""

    def __init__(self, message: str, *, lasting: bool) -> None:
        super().__init__(message)
        self.lasting = lasting


class ClientCredentials(AbstractTokenProvider):  # type: ignore[misc]
    """Asks `url` for a token as `client_id`, and again when most of its life is over.

    `secret` is asked each time, so that it may be renewed. `authorities` (a PEM file) are trusted
    beside those of the system.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        secret: Callable[[], str],
        scope: str | None = None,
        authorities: Path | None = None,
    ) -> None:
        self.client_id = client_id
        self._url = url
        self._secret = secret
        self._scope = scope
        self._authorities = authorities
        self._token = ""
        self._good_until = 0.0  # monotonic

    async def token(self) -> str:
        """A token that is still good for a while. Raises TokenError."""
        if monotonic() >= self._good_until:
            asked_at = monotonic()
            self._token, seconds = await asyncio.to_thread(self._ask)
            self._good_until = asked_at + seconds * USED_SHARE
        return self._token

    def _ask(self) -> tuple[str, float]:
        """A token, and for how many seconds it is good; 0 where the answer does not say."""
        try:
            request = self._request()
        except SettingsError as error:
            raise TokenError(str(error), lasting=False) from error
        try:
            with urlopen(request, timeout=ANSWER_SECONDS, context=self._tls()) as answer:  # noqa: S310
                body = answer.read()
        except HTTPError as error:
            with error:
                why = _reason(error.read())
            raise TokenError(
                f"{self._url} gives the client {self.client_id} no token ({error.code}{why}): "
                f"{_SEE}",
                lasting=400 <= error.code < 500 and error.code != 429,
            ) from error
        except OSError as error:
            reason = getattr(error, "reason", None) or error
            raise TokenError(
                f"{self._url} gives no token: {reason}; see STREAMSEG_SASL_OAUTH_TOKEN_URL",
                lasting=False,
            ) from error
        try:
            found = json.loads(body)
            return str(found["access_token"]), float(found.get("expires_in", 0))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise TokenError(
                f"{self._url} answers with no token: is it the token endpoint? {_SEE}", lasting=True
            ) from error

    def _request(self) -> Request:
        form = {"grant_type": "client_credentials"}
        if self._scope:
            form["scope"] = self._scope
        login = f"{quote_plus(self.client_id)}:{quote_plus(self._secret())}".encode()
        return Request(  # noqa: S310 - the settings take http and https only
            self._url,
            data=urlencode(form).encode(),
            headers={"Authorization": f"Basic {base64.b64encode(login).decode()}"},
        )

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._authorities is not None:
            context.load_verify_locations(self._authorities)
        return context


def _reason(body: bytes) -> str:
    """What the endpoint says is wrong (RFC 6749, section 5.2), as it is put behind the code."""
    try:
        found: Any = json.loads(body)
        return f", {found['error']}"
    except (ValueError, KeyError, TypeError):
        return ""
