# SPDX-License-Identifier: Apache-2.0
"""The pages that a technician's own browser shows: words, and one button.

Rules: every text is escaped and set apart (`bdi`), so none is markup and none turns the
line around it; no script and no style stands in the page itself; nothing comes from any
other place.
Not here: who is answered (`serving.py`), what the button does (`page/authorise.js`).
"""

import base64
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files

from wire.order_words import Line

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Permissions-Policy": (
        "publickey-credentials-get=(self), publickey-credentials-create=(self)"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""Of every answer."""
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="authorise.css">
<script src="authorise.js" defer></script>
<body {facts}>
<main>
<h1>{title}</h1>
<p>{lead}</p>
{lines}
<p class="acts"><button type="button" id="yes">{yes}</button>
<button type="button" id="no">No</button></p>
<p id="told" role="status" aria-live="polite"></p>
</main>
</body>
</html>
"""


def asset(name: str) -> bytes:
    """Return a shipped file of the pages."""
    return files("technician").joinpath("page", name).read_bytes()


def text_of(octets: bytes) -> str:
    """Return bytes as WebAuthn's base64url, without its padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def authorise_page(lines: Sequence[Line], challenge: bytes, credential: bytes) -> bytes:
    """Return the page that shows a request and asks for a signature.

    Args:
        lines: the request in words.
        challenge: what is to be signed: of the same request.
        credential: the passkey's id.
    """
    shown = "\n".join(
        f"<dt>{_text(line.name)}</dt><dd>{_text(line.value)}{_note(line)}</dd>"
        for line in lines
    )
    facts = {
        "do": "get",
        "challenge": text_of(challenge),
        "credential": text_of(credential),
    }
    return _page(
        "Sign this diagnostic?",
        "Your passkey signs what stands here, and nothing else. Say no where a line is "
        "not what you asked for.",
        f"<dl>\n{shown}\n</dl>",
        "Sign with my passkey",
        facts,
    )


def making_page(name: str, challenge: bytes, user: bytes) -> bytes:
    """Return the page that makes a passkey.

    Args:
        name: of the technician.
        challenge: random.
        user: random: what the authenticator knows the account by.
    """
    facts = {
        "do": "create",
        "challenge": text_of(challenge),
        "user": text_of(user),
        "name": name,
    }
    return _page(
        "Make a passkey for diagnostics",
        f"It is for {_text(name)}, signs diagnostics on this machine alone, and signs "
        "nobody in anywhere.",
        "",
        "Make my passkey",
        facts,
    )


def _page(
    title: str, lead: str, lines: str, yes: str, facts: Mapping[str, str]
) -> bytes:
    named = " ".join(
        f'data-{name}="{escape(value, quote=True)}"' for name, value in facts.items()
    )
    page = _PAGE.format(title=title, lead=lead, lines=lines, yes=yes, facts=named)
    return page.encode()


def _text(text: str) -> str:
    """Return a text that is no markup and turns nothing around it."""
    return f"<bdi>{escape(text, quote=True)}</bdi>"


def _note(line: Line) -> str:
    return f' <span class="note">{_text(line.note)}</span>' if line.note else ""
