# SPDX-License-Identifier: Apache-2.0
"""The pages that a technician's own browser shows: words, and one button.

Rules: the words that are signed stand as they are, in English, with what they mean in
the reader's language beside them; every text is escaped and set apart (`bdi`), so none
is markup and none turns the line around it; no script and no style stands in the page
itself; nothing comes from any other place.
Not here: the texts (`words/`), who is answered (`serving.py`), what the button does
(`page/authorise.js`).
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from html import escape
from importlib.resources import files

from policies.saying import LANGUAGES, Speech
from technician.speaking import speeches
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
Made = Callable[[Speech], bytes]
"""A page, once it is known who reads it."""
_FRAME = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="/authorise.css">
{script}
<body {facts}>
<main>
<h1>{title}</h1>
{inner}
</main>
{others}
</body>
</html>
"""
_SCRIPT = '<script src="/{name}" defer></script>'
_ASKING = """<p>{lead}</p>
{lines}
<p class="acts"><button type="button" id="yes" disabled>{yes}</button>
<button type="button" id="no">{no}</button></p>
<p id="told" role="status" aria-live="polite"></p>"""
_RETURNING = """<form method="post" action="{console}/diagnostics/signed" id="back">
<input type="hidden" name="order" value="{order}">
<p class="acts"><button>{button}</button></p>
</form>"""
_SIGNED_IN = LANGUAGES[0]
"""The language of the words that are signed."""
_SHAPED = ("Runs at most", "Tells at most")
"""Lines of figures, whose sentence has the line's name before it."""
_SAID = ("gone", "stopped", "working")
"""What the script says, in the language of the page."""


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
    said: Speech,
    lines: Sequence[Line],
    challenge: bytes,
    credential: bytes,
    console: str = "",
) -> bytes:
    """Return the page that shows a request and asks for a signature.

    Args:
        said: the language of who reads.
        lines: the request in words.
        challenge: what is to be signed: of the same request.
        credential: the passkey's id; empty where a key file signs.
        console: where the browser goes then; empty for nowhere.
    """
    shown = "\n".join(_line(said, line) for line in lines)
    facts = {
        "do": "get" if credential else "key",
        "challenge": text_of(challenge),
        "credential": text_of(credential),
        "then": "signed" if console else "",
    }
    what = "passkey" if credential else "key"
    lead = said.text(f"sign.{what}")
    if console:
        lead += f" {said.text('sign.back', console=_text(console))}"
    foreign = said.language != _SIGNED_IN
    told = f"<p>{said.text('sign.words')}</p>\n" if foreign else ""
    return _asking(
        said,
        "sign",
        lead,
        f'{told}<dl lang="{_SIGNED_IN}">\n{shown}\n</dl>',
        said.text(f"sign.yes.{what}"),
        facts,
    )


def returning_page(said: Speech, order: bytes, console: str) -> bytes:
    """Return the page that takes an order to the console, and the browser with it.

    Args:
        said: the language of who reads.
        order: signed.
        console: its origin.
    """
    form = _RETURNING.format(
        console=escape(console, quote=True),
        order=text_of(order),
        button=said.text("back.button", console=_text(console)),
    )
    return _framed(said, "back", form, script="returning.js", others=False)


def waiting_page(said: Speech, console: str) -> bytes:
    """Return the page of a program that waits for requests of a console."""
    link = _link(f"{console}/diagnostics", console)
    return _framed(said, "wait", f"<p>{said.text('wait.words', console=link)}</p>")


def refusing_page(said: Speech, sentence: str, console: str = "") -> bytes:
    """Return the page that says why nothing is shown.

    Args:
        said: the language of who reads.
        sentence: why, in that language.
        console: where requests come from; empty for a file.
    """
    inner = f"<p>{_text(sentence)}</p>"
    if console:
        link = _link(f"{console}/diagnostics", console)
        inner += f"\n<p>{said.text('refused.back', console=link)}</p>"
    return _framed(said, "refused", inner, others=False)


def making_page(said: Speech, name: str, challenge: bytes, user: bytes) -> bytes:
    """Return the page that makes a passkey.

    Args:
        said: the language of who reads.
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
    lead = said.text("make.words", name=_text(name))
    return _asking(said, "make", lead, "", said.text("make.yes"), facts)


def _asking(
    said: Speech, name: str, lead: str, lines: str, yes: str, facts: Mapping[str, str]
) -> bytes:
    inner = _ASKING.format(lead=lead, lines=lines, yes=yes, no=said.text("no"))
    told = {one: said.texts[f"said.{one}"] for one in _SAID}
    return _framed(said, name, inner, {**facts, **told}, "authorise.js")


def _framed(
    said: Speech,
    name: str,
    inner: str,
    facts: Mapping[str, str] | None = None,
    script: str = "",
    *,
    others: bool = True,
) -> bytes:
    """Return a page; `others` is whether it leads to itself in other languages."""
    named = " ".join(
        f'data-{fact}="{escape(value, quote=True)}"'
        for fact, value in (facts or {}).items()
    )
    page = _FRAME.format(
        language=said.language,
        title=said.text(f"{name}.title"),
        script=_SCRIPT.format(name=script) if script else "",
        facts=named,
        inner=inner,
        others=_others(said) if others else "",
    )
    return page.encode()


def _others(said: Speech) -> str:
    links = " ".join(
        f'<a href="?language={one.language}" lang="{one.language}">'
        f"{one.text('language')}</a>"
        for one in speeches().values()
        if one is not said
    )
    return f'<nav aria-label="{said.text("languages")}">{links}</nav>'


def _link(address: str, shown: str) -> str:
    return f'<a href="{escape(address, quote=True)}">{_text(shown)}</a>'


def _line(said: Speech, line: Line) -> str:
    """Return a line as it is signed; what it means stands beside it."""
    shaped = f"{line.name}: {line.value}" if line.name in _SHAPED else line.value
    value = said.shown(shaped)
    note = f' <span class="note">{_text(line.note)}</span>' if line.note else ""
    return (
        f"<dt>{_text(line.name)}{_beside(said, line.name, said.shown(line.name))}</dt>"
        f"<dd>{_text(line.value)}{_beside(said, line.value, value)}"
        f"{note}{_beside(said, line.note, said.shown(line.note))}</dd>"
    )


def _beside(said: Speech, text: str, other: str) -> str:
    if other == text:
        return ""
    return f' <span class="note" lang="{said.language}">{_text(other)}</span>'


def _text(text: str) -> str:
    """Return a text that is no markup and turns nothing around it."""
    return f"<bdi>{escape(text, quote=True)}</bdi>"
