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
_RETURNING = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Signed</title>
<link rel="stylesheet" href="authorise.css">
<script src="returning.js" defer></script>
<body>
<main>
<h1>Signed</h1>
<form method="post" action="{console}/diagnostics/signed" id="back">
<input type="hidden" name="order" value="{order}">
<p class="acts"><button>Go back to {console}</button></p>
</form>
</main>
</body>
</html>
"""
_WAITING = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ready to sign</title>
<body>
<main>
<h1>Ready to sign</h1>
<p>What you ask at <a href="{console}/diagnostics">{console}</a> is shown here before it
is signed.</p>
</main>
</body>
</html>
"""


def asset(name: str) -> bytes:
    """Return a shipped file of the pages."""
    return files("technician").joinpath("page", name).read_bytes()


def headers(console: str = "") -> Mapping[str, str]:
    """Return the headers of an answer.

    Args:
        console: the one origin that a form of it may go to; empty for none.
    """
    if not console:
        return HEADERS
    name = "Content-Security-Policy"
    policy = HEADERS[name].replace("form-action 'none'", f"form-action {console}")
    return {**HEADERS, name: policy}


def text_of(octets: bytes) -> str:
    """Return bytes as WebAuthn's base64url, without its padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def authorise_page(
    lines: Sequence[Line], challenge: bytes, credential: bytes, console: str = ""
) -> bytes:
    """Return the page that shows a request and asks for a signature.

    Args:
        lines: the request in words.
        challenge: what is to be signed: of the same request.
        credential: the passkey's id; empty where a key file signs.
        console: where the browser goes then; empty for nowhere.
    """
    shown = "\n".join(
        f"<dt>{_text(line.name)}</dt><dd>{_text(line.value)}{_note(line)}</dd>"
        for line in lines
    )
    facts = {
        "do": "get" if credential else "key",
        "challenge": text_of(challenge),
        "credential": text_of(credential),
        "then": "signed" if console else "",
    }
    what = "passkey" if credential else "key file"
    goes = f" Then you are back at {_text(console)}." if console else ""
    return _page(
        "Sign this diagnostic?",
        f"Your {what} signs what stands here, and nothing else. Say no where a line is "
        f"not what you asked for.{goes}",
        f"<dl>\n{shown}\n</dl>",
        f"Sign with my {what}",
        facts,
    )


def returning_page(order: bytes, console: str) -> bytes:
    """Return the page that takes an order to the console, and the browser with it.

    Args:
        order: signed.
        console: its origin.
    """
    return _RETURNING.format(
        console=escape(console, quote=True), order=text_of(order)
    ).encode()


def waiting_page(console: str) -> bytes:
    """Return the page of a program that waits for requests of a console."""
    return _WAITING.format(console=escape(console, quote=True)).encode()


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
