# SPDX-License-Identifier: Apache-2.0
"""Whose word on who somebody is the console takes, as `[console.oidc]` says it.

Rules: the provider, this console's name there and the one algorithm are pinned here and
read from nothing that the provider sends; without the table nobody signs in so.
Not here: the rest of `[console]` (`configuration_console.py`).
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ALGORITHMS = frozenset({"RS256", "PS256", "ES256", "EdDSA"})
"""By public key: a secret that two know proves nothing of one of them."""


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """What `[console.oidc]` says.

    Attributes:
        issuer: the provider's address, as its tokens name it.
        client: this console's name there.
        secret: file of the secret that goes with it; None for a public client.
        algorithm: of its tokens' signatures.
        authority: file of the CA that its certificate is of; None for the system's.
    """

    issuer: str
    client: str
    secret: Path | None
    algorithm: str
    authority: Path | None


def read_oidc(items: object) -> OidcSettings | None:
    """Return the checked table; None where there is none.

    Raises:
        ValueError: it says something unknown.
        TypeError: a file is no text.
    """
    match items:
        case None:
            return None
        case {"issuer": str(issuer), "client": str(client), **more}:
            algorithm = more.pop("algorithm", "RS256")
            secret, authority = more.pop("secret", ""), more.pop("authority", "")
            parts = urlsplit(issuer)
            fits = (
                parts.scheme == "https"
                and parts.hostname
                and not parts.query
                and not parts.fragment
                and "@" not in parts.netloc
                and client
                and client.isascii()
                and client.isprintable()
            )
            if not fits or more or algorithm not in ALGORITHMS:
                raise ValueError
            return OidcSettings(
                issuer, client, _file(secret), algorithm, _file(authority)
            )
    raise ValueError


def _file(text: object) -> Path | None:
    if not isinstance(text, str):
        raise TypeError
    path = Path(text) if text else None
    if path is not None and not path.is_absolute():
        raise ValueError
    return path
