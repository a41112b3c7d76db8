# SPDX-License-Identifier: Apache-2.0
"""Signs in by another provider's word: OpenID Connect, by code and PKCE.

Rules: issuer, audience and algorithm are those of config.toml; a state counts once, in
the browser that asked for it, and its nonce and verifier never leave this process but
to the provider; of the token the subject alone is taken, no name, address or role; what
does not verify refuses, and says nothing of why to a stranger.
Not here: who the subject is (`links.py`), sessions, the pages (`server/console`).
Source: OpenID Connect Core 1.0, 3.1; RFC 7636 (PKCE); RFC 9207 (issuer in the answer);
RFC 9700 (best current practice).
"""

import hashlib
import http.client
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749.parameters import (
    prepare_grant_uri,
    prepare_token_request,
)
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from server.access.links import SUBJECT_CHARS
from server.access.refusals import RefusedError, Why
from server.configuration_oidc import OidcSettings
from server.errors import StateError

_DISCOVERY = "/.well-known/openid-configuration"
_ANSWER_BYTES = 256 * 1_024
"""A provider's document has 5 kB, its keys 10, a token 2."""
_SECONDS = 10.0
"""For one question to the provider: a person waits."""
_KEPT_SECONDS = 3_600.0
"""For what the provider says of itself."""
_WAIT_SECONDS = 600.0
"""For a person to sign in there."""
_WAITING = 1_024
"""At a time, in memory; the oldest goes for another."""
_SKEW_SECONDS = 60
"""Two servers' clocks may be so far apart."""
_RANDOM_BYTES = 32


@dataclass(frozen=True, slots=True)
class Going:
    """Somebody who was sent to the provider.

    Attributes:
        browser: digest of what that browser has.
        nonce: that the token has to name.
        verifier: of PKCE.
        until: monotonic.
    """

    browser: bytes
    nonce: str
    verifier: str
    until: float


@dataclass(frozen=True, slots=True)
class Where:
    """What the provider says of itself.

    Attributes:
        authorise: where people go.
        token: where a code is exchanged.
        keys: where its keys are.
        names_itself: whether its answers have to name it.
        until: monotonic.
    """

    authorise: str
    token: str
    keys: str
    names_itself: bool
    until: float


@dataclass(slots=True)
class Provider:
    """One provider; any thread may use it.

    Attributes:
        settings: what is pinned.
        back: the console's own address to which people come back.
        clock: monotonic seconds.
    """

    settings: OidcSettings
    back: str
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _going: dict[str, Going] = field(default_factory=dict)
    _where: Where | None = None

    def begin(self, browser: str) -> str:
        """Return the address at which the person signs in.

        Args:
            browser: a secret that this browser has and no other.

        Raises:
            StateError: the provider does not answer, or is another.
        """
        where, now = self._found(), self.clock()
        state, nonce, verifier = (
            secrets.token_urlsafe(_RANDOM_BYTES) for _ in range(3)
        )
        going = Going(_digest(browser), nonce, verifier, now + _WAIT_SECONDS)
        with self._lock:
            while len(self._going) >= _WAITING:
                del self._going[next(iter(self._going))]
            self._going[state] = going
        return str(
            prepare_grant_uri(
                where.authorise,
                self.settings.client,
                "code",
                redirect_uri=self.back,
                scope="openid",
                state=state,
                nonce=nonce,
                code_challenge=create_s256_code_challenge(verifier),
                code_challenge_method="S256",
            )
        )

    def end(self, browser: str, said: Mapping[str, str], now: int) -> str:
        """Return the subject that the provider vouches for.

        Args:
            browser: the secret of the browser that came back.
            said: what stands in the address to which it came back.
            now: seconds since the epoch.

        Raises:
            RefusedError: nothing that counts.
            StateError: the provider does not answer.
        """
        with self._lock:
            going = self._going.pop(said.get("state", ""), None)
        if going is None or self.clock() >= going.until:
            raise RefusedError(Why.NO_CHALLENGE)
        if not secrets.compare_digest(going.browser, _digest(browser)):
            raise RefusedError(Why.NO_CHALLENGE)
        where = self._found()
        named = said.get("iss", None if where.names_itself else self.settings.issuer)
        if named != self.settings.issuer or not said.get("code"):
            raise RefusedError(Why.NO_PROOF)
        token = self._exchanged(where, said["code"], going.verifier)
        return self._subject(where, token, going.nonce, now)

    def _exchanged(self, where: Where, code: str, verifier: str) -> str:
        """Return the ID token for a code."""
        body = prepare_token_request(
            "authorization_code",
            redirect_uri=self.back,
            code=code,
            code_verifier=verifier,
            client_id=self.settings.client,
            **self._secret(),
        )
        status, answer = self._asked(where.token, body.encode())
        token = answer.get("id_token")
        if status != http.client.OK or not isinstance(token, str):
            raise RefusedError(Why.NO_PROOF)
        return token

    def _subject(self, where: Where, token: str, nonce: str, now: int) -> str:
        """Return the subject of a token that is all that it must be."""
        _, keys = self._asked(where.keys)
        try:
            read = jwt.decode(
                token,
                KeySet.import_key_set(keys),  # type: ignore[arg-type]  # it checks itself
                algorithms=[self.settings.algorithm],
            )
        except (JoseError, ValueError, TypeError, KeyError):
            raise RefusedError(Why.NO_PROOF) from None
        claims: Mapping[str, object] = read.claims
        subject, expires, issued = (claims.get(one) for one in ("sub", "exp", "iat"))
        client = self.settings.client
        fits = (
            claims.get("iss") == self.settings.issuer
            and claims.get("aud") in (client, [client])
            and claims.get("azp", client) == client
            and claims.get("nonce") == nonce
            and isinstance(expires, int)
            and now < expires + _SKEW_SECONDS
            and isinstance(issued, int)
            and issued <= now + _SKEW_SECONDS
        )
        if not fits or not isinstance(subject, str):
            raise RefusedError(Why.NO_PROOF)
        if not 0 < len(subject) <= SUBJECT_CHARS:
            raise RefusedError(Why.NO_PROOF)
        return subject

    def _found(self) -> Where:
        """Return what the provider says of itself, asked once an hour."""
        held, now = self._where, self.clock()
        if held is not None and now < held.until:
            return held
        issuer = self.settings.issuer
        status, said = self._asked(issuer.rstrip("/") + _DISCOVERY)
        places = [
            said.get(f"{one}")
            for one in ("authorization_endpoint", "token_endpoint", "jwks_uri")
        ]
        known = [one for one in places if isinstance(one, str) and _is_safe(one)]
        if status != http.client.OK or said.get("issuer") != issuer or len(known) != 3:  # noqa: PLR2004 - the three
            msg = "the provider of [console.oidc] is not what config.toml says"
            raise StateError(msg)
        names = said.get("authorization_response_iss_parameter_supported") is True
        self._where = Where(known[0], known[1], known[2], names, now + _KEPT_SECONDS)
        return self._where

    def _secret(self) -> dict[str, str]:
        path = self.settings.secret
        if path is None:
            return {}
        try:
            return {"client_secret": path.read_text("ascii").strip()}
        except (OSError, ValueError):
            msg = f"cannot read {path}, the secret of [console.oidc]"
            raise StateError(msg) from None

    def _asked(
        self, address: str, body: bytes | None = None
    ) -> tuple[int, Mapping[str, object]]:
        """Ask the provider over TLS; return the status and the JSON object."""
        parts = urlsplit(address)
        authority = self.settings.authority
        context = ssl.create_default_context(cafile=authority and str(authority))
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        headers = {"Accept": "application/json", **kind}
        line = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=_SECONDS, context=context
        )
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        try:
            line.request("POST" if body else "GET", path or "/", body, headers)
            answer = line.getresponse()
            octets = answer.read(_ANSWER_BYTES)
            found: object = json.loads(octets)
        except (OSError, http.client.HTTPException, ValueError, RecursionError):
            msg = "the provider of [console.oidc] does not answer"
            raise StateError(msg) from None
        finally:
            line.close()
        return answer.status, found if isinstance(found, dict) else {}


def _is_safe(address: str) -> bool:
    """Tell whether an address is one of TLS, of a host."""
    parts = urlsplit(address)
    return parts.scheme == "https" and bool(parts.hostname)


def _digest(browser: str) -> bytes:
    return hashlib.sha256(b"discreet/1/oidc\x00" + browser.encode()).digest()
