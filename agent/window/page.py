# SPDX-License-Identifier: Apache-2.0
"""The local page: one file of HTML that fetches nothing and runs nothing.

Rules: facts and words go in, a text comes out; its own policy forbids scripts, forms
and every address; all that comes from outside is inert.
Not here: the facts (`facts.py`), how a person gets the page (`agent/commands/page.py`).
"""

import datetime as dt
from collections.abc import Iterator

from agent.window.asked import asking, requests, waiting
from agent.window.collected import collected
from agent.window.facts import Facts
from agent.window.html import Pen, code, facts_list, section, text
from agent.window.style import STYLE, source
from agent.words import speech
from wire.release import __version__

_COMMANDS = ("preview", "ledger", "explain")
Part = tuple[str, str, str]
"""Name, content, and how it is marked."""


def page(facts: Facts, language: str, zone: dt.tzinfo | None = None) -> str:
    """Return the page.

    Args:
        facts: what it shows.
        language: one of `agent.words.LANGUAGES`.
        zone: in which times are told; None for this machine's own.
    """
    pen = Pen(speech(language), zone)
    parts = list(_parts(pen, facts))
    title = pen.word("title")
    links = "".join(
        f'<li><a href="#{name}">{pen.word(name)}</a></li>' for name, _, _ in parts
    )
    body = "".join(
        section(name, pen.word(name), inner, kind) for name, inner, kind in parts
    )
    return (
        f'<!doctype html>\n<html lang="{language}"><head>{_head(title)}</head><body>'
        f'<a class="skip" href="#main">{pen.word("skip")}</a>'
        f"<header><h1>{title}</h1><p>{pen.word('lead')}</p>"
        f'<nav aria-label="{pen.word("contents")}"><ul>{links}</ul></nav></header>'
        f'<main id="main">{body}</main>'
        f"<footer>Discreet {text(__version__)}. {pen.word('declared')}</footer>"
        "</body></html>\n"
    )


def _head(title: str) -> str:
    policy = f"default-src 'none'; style-src {source()}; base-uri 'none'"
    return (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}; '
        "form-action 'none'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{title}</title><style>{STYLE}</style>"
    )


def _parts(pen: Pen, facts: Facts) -> Iterator[Part]:
    if waiting(facts):
        yield "ask", asking(pen, facts), "ask"
    yield "short", _short(pen, facts), ""
    yield "requests", requests(pen, facts), ""
    if facts.signed is not None:
        yield "collected", collected(pen, facts.signed), ""
        yield "never", _never(pen, facts), ""
    yield "whom", _whom(pen), ""


def _short(pen: Pen, facts: Facts) -> str:
    pairs = [("made", pen.moment(facts.made))]
    signed = facts.signed
    if facts.device:
        pairs += [("device", code(facts.device)), ("collector", text(facts.url))]
        pairs += [("waiting", pen.word("envelopes", count=facts.waiting))]
    if signed is not None:
        given = {"name": signed.name, "version": signed.version, "until": "{until}"}
        until = pen.moment(signed.until)
        told = pen.word("policy-of", **given).replace("{until}", until)
        pairs.append(("policy", told))
        rules = "restricted" if signed.restricted else "unrestricted"
        pairs.append(("own-rules", pen.word(rules)))
    listed = facts_list((pen.word(term), told) for term, told in pairs)
    if not facts.device:
        return f"<p>{pen.word('not-enrolled')}</p>{listed}"
    if signed is None:
        return f"<p>{pen.word('no-policy', why=facts.trouble)}</p>{listed}"
    return listed


def _never(pen: Pen, facts: Facts) -> str:
    names = facts.signed.plan.disabled if facts.signed else ()
    titles = [
        pen.declared(facts.catalogue.datasets[name].title) for name in sorted(names)
    ]
    listed = "".join(f"<li>{title}</li>" for title in titles)
    told = (
        f"<p>{pen.word('never-lead')}</p><ul>{listed}</ul>"
        if titles
        else f"<p>{pen.word('all-read')}</p>"
    )
    return f"<p>{pen.word('no-path')}</p>{told}"


def _whom(pen: Pen) -> str:
    shown = facts_list(
        (code(f"discreet-agent {name}"), pen.word(f"command-{name}"))
        for name in _COMMANDS
    )
    return f"<p>{pen.word('whom-lead')}</p>{shown}"
