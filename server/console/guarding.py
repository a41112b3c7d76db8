# SPDX-License-Identifier: Apache-2.0
"""Whether a request may be heard at all: by its Host, its origin and its form.

Rules: pure; the host is the pinned one, so no other name leads here; a change comes
from a page of this origin, by the browser's own word, and from no frame or other site;
what is not plainly ours is refused.
Not here: sessions and tokens (`server/access/sessions.py`), who may (`app.py`).
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from server.console.bounds import FIELDS

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; "
    "style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "publickey-credentials-get=(self), "
    "publickey-credentials-create=(self), camera=(), microphone=(), geolocation=(), "
    "usb=(), interest-cohort=()",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=63072000",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""On every answer, whatever it is."""


def is_ours(headers: Mapping[str, str], origin: str) -> bool:
    """Tell whether a request names the host that the console is pinned to."""
    return headers.get("host", "").lower() == origin.removeprefix("https://")


def is_from_here(headers: Mapping[str, str], origin: str) -> bool:
    """Tell whether a change was sent by a page of the console.

    Under `no-referrer` a browser sends the origin of a form as "null"; then its own
    word on the site, which no page can write, has to say that it is the same.
    """
    site, sent = headers.get("sec-fetch-site"), headers.get("origin")
    if site not in {None, "same-origin"}:
        return False
    return sent == origin or (sent == "null" and site == "same-origin")


def wants_privacy(headers: Mapping[str, str]) -> bool:
    """Tell whether a browser sends Global Privacy Control."""
    return headers.get("sec-gpc") == "1"


def is_program(headers: Mapping[str, str]) -> bool:
    """Tell whether a program asks, which wants what went wrong as JSON."""
    return headers.get("accept", "").strip().lower() == JSON


def fields(body: bytes) -> dict[str, list[str]]:
    """Return the fields of a form, each with its values in order.

    Raises:
        ValueError: it is no form, or has too many fields.
    """
    found: dict[str, list[str]] = {}
    pairs = parse_qsl(
        body.decode("ascii"),
        keep_blank_values=True,
        strict_parsing=bool(body),
        max_num_fields=FIELDS,
    )
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
