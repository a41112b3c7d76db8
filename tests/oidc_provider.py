# SPDX-License-Identifier: Apache-2.0
"""An OpenID Connect provider over HTTPS, which can be wrong in any one thing.

Rules: it holds to the standard: code once, PKCE, redirect address, client's secret,
signed tokens; each wrong thing that it can do has a name; who signs in is always the
same, and agrees.
Not here: any expectation.
Source: OpenID Connect Core 1.0; RFC 6749, 7636, 9207.
"""

import base64
import hashlib
import hmac
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from wire.crypto.certificates import make_authority, make_server

CLIENT, SECRET, SUBJECT = "discreet", "between us", "248289761001"
_DESCRIPTION = "/.well-known/openid-configuration"


def _encoded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _said(algorithm: str, claims: dict[str, object]) -> str:
    parts = ({"alg": algorithm}, claims)
    return ".".join(_encoded(json.dumps(one).encode()) for one in parts)


def _by_secret(claims: dict[str, object], secret: bytes) -> str:
    """Return a token that is signed with what two know, or with what all know."""
    said = _said("HS256", claims)
    return f"{said}.{_encoded(hmac.digest(secret, said.encode(), 'sha256'))}"


@dataclass
class Provider:
    """The provider.

    Attributes:
        wrong: what it does wrong; empty for nothing.
        key: that it signs with.
        codes: what is to be exchanged, by code.
        asked: how often tokens were asked for.
        url: where it is.
    """

    wrong: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: int = 0
    url: str = ""
    authority: Path = Path()

    def description(self) -> dict[str, object]:
        """Return what it says of itself."""
        return {
            "issuer": "https://another" if self.wrong == "description" else self.url,
            "authorization_endpoint": f"{self.url}/authorise",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": True,
        }

    def keys(self) -> dict[str, object]:
        """Return its public keys."""
        return {"keys": [self.key.as_dict(private=False) | {"use": "sig"}]}

    def authorised(self, query: dict[str, str]) -> str:
        """Return where the browser of who agreed goes."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        back = {"code": code, "state": query["state"], "iss": self.url}
        changes = {
            "state": {"state": "another"},
            "mix-up": {"iss": "https://another.example"},
            "no issuer": {"iss": ""},
            "code": {"code": "another"},
            "no code": {"code": ""},
        }
        back |= changes.get(self.wrong, {})
        kept = {name: value for name, value in back.items() if value}
        return f"{query['redirect_uri']}?{urlencode(kept)}"

    def token(self, form: dict[str, str]) -> dict[str, object] | None:
        """Return the tokens for a code; None where it is not to be had."""
        self.asked += 1
        query = self.codes.pop(form.get("code", ""), None)
        verifier = form.get("code_verifier", "").encode()
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest())
        if (
            query is None
            or form.get("client_id") != CLIENT
            or form.get("client_secret") != SECRET
            or form.get("redirect_uri") != query["redirect_uri"]
            or form.get("grant_type") != "authorization_code"
            or query["code_challenge_method"] != "S256"
            or digest.rstrip(b"=").decode() != query["code_challenge"]
        ):
            return None
        return {"token_type": "Bearer", "access_token": "x"} | self._tokens(query)

    def _tokens(self, query: dict[str, str]) -> dict[str, object]:
        now = int(time.time())
        claims: dict[str, object] = {
            "iss": self.url,
            "sub": SUBJECT,
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": query["nonce"],
            "roles": ["operator", "administrator"],
            "email": "ann@example.org",
        }
        changes: dict[str, dict[str, object]] = {
            "issuer": {"iss": "https://another.example"},
            "audience": {"aud": "another"},
            "two audiences": {"aud": [CLIENT, "another"]},
            "party": {"azp": "another"},
            "nonce": {"nonce": "another"},
            "no nonce": {"nonce": None},
            "expired": {"exp": now - 120, "iat": now - 600},
            "no expiry": {"exp": None},
            "of the future": {"iat": now + 600},
            "no subject": {"sub": None},
            "number for a subject": {"sub": 7},
            "long subject": {"sub": "s" * 300},
            "subject": {"sub": "another"},
        }
        claims |= changes.get(self.wrong, {})
        return {"id_token": self._signed(claims)} if self.wrong != "no token" else {}

    def _signed(self, claims: dict[str, object]) -> str:
        claims = {name: value for name, value in claims.items() if value is not None}
        public = self.key.as_pem(private=False)
        right = jwt.encode({"alg": "RS256"}, claims, self.key)
        wrong: dict[str, Callable[[], str]] = {
            "none": lambda: _said("none", claims) + ".",
            "secret's signature": lambda: _by_secret(claims, SECRET.encode()),
            "public key as a secret": lambda: _by_secret(claims, public),
            "another algorithm": lambda: jwt.encode(
                {"alg": "PS256"}, claims, self.key, algorithms=["PS256"]
            ),
            "another kind of key": lambda: jwt.encode(
                {"alg": "ES256"}, claims, ECKey.generate_key("P-256")
            ),
            "another key": lambda: jwt.encode(
                {"alg": "RS256"}, claims, RSAKey.generate_key(2048)
            ),
            "altered": lambda: right.replace(".eyJ", ".AyJ", 1),
        }
        return wrong.get(self.wrong, lambda: right)()


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        """Describe itself, or let a browser go on."""
        parts, provider = urlsplit(self.path), self.provider
        if parts.path == _DESCRIPTION:
            self._json(200, provider.description())
        elif parts.path == "/keys":
            self._json(200, provider.keys())
        elif parts.path == "/authorise":
            self.send_response(303)
            to = provider.authorised(dict(parse_qsl(parts.query)))
            self.send_header("Location", to)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._json(404, {})

    def do_POST(self) -> None:
        """Exchange a code."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        found = self.provider.token(dict(parse_qsl(body)))
        self._json(200 if found else 400, found or {"error": "invalid_grant"})

    def _json(self, status: int, said: dict[str, object]) -> None:
        octets = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def provider(folder: Path) -> Iterator[Provider]:
    """Run a provider with a certificate of its own CA, until the end of the block."""
    made, now = Provider(), int(time.time())
    authority = make_authority("Company CA", now)
    own = make_server(authority, ["127.0.0.1", "localhost"], now)
    files = {
        "authority.pem": ssl.DER_cert_to_PEM_cert(authority.certificate).encode(),
        "provider.pem": ssl.DER_cert_to_PEM_cert(own.certificate).encode(),
        "provider.key": own.key,
    }
    for name, octets in files.items():
        (folder / name).write_bytes(octets)
    handler = type("Handler", (_Handler,), {"provider": made})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "provider.pem", folder / "provider.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    made.url = f"https://127.0.0.1:{server.server_address[1]}"
    made.authority = folder / "authority.pem"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
