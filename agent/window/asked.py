# SPDX-License-Identifier: Apache-2.0
"""The parts of the local page about requests: those that wait, and the last ones.

Rules: the words of a request stand where its signatures were found good, and are inert;
never a value of what it found.
Not here: which may be shown (`agent/orders/told.py`).
"""

from collections.abc import Iterator

from agent.orders.told import Told, approvers
from agent.window.facts import REQUESTS, Facts
from agent.window.html import Pen, code, facts_list, text
from wire.endings import sentence_of
from wire.order_state import OrderState
from wire.parameter_words import given_in_words

_ID_SHOWN = 8
_OPEN = 5
"""Requests that are seen without unfolding the others."""


def waiting(facts: Facts) -> list[Told]:
    """Return the requests that a person here can answer."""
    return [
        one
        for one in facts.requests
        if one.held.state is OrderState.ASKING and one.held.answer >= facts.made
    ]


def asking(pen: Pen, facts: Facts) -> str:
    """Return what waits for an answer, and how to give it."""
    parts = [f"<p>{pen.word('ask-lead')}</p><ol>"]
    for one in waiting(facts):
        short = one.held.id[:_ID_SHOWN]
        acts = "".join(
            f"<pre>{code(f'discreet-agent diagnostics {act} {short}')}</pre>"
            for act in ("approve", "deny")
        )
        until = f"{pen.word('until')} {pen.moment(one.held.answer)}"
        parts.append(
            f'<li class="one"><p class="state">{_name(pen, facts, one)}</p>'
            f"{_words(pen, facts, one)}<p>{until}</p>{acts}</li>"
        )
    return "".join((*parts, "</ol>"))


def requests(pen: Pen, facts: Facts) -> str:
    """Return the last requests, the newest first."""
    lead = f"<p>{pen.word('requests-lead', count=REQUESTS)}</p>"
    if not facts.requests:
        return f"{lead}<p>{pen.word('nobody-asked')}</p>"
    items = [
        f'<li class="one"><p><span class="state">{_name(pen, facts, one)}</span>: '
        f'{_state(pen, one)}<br><span class="soft">{pen.moment(one.held.heard)}</span>'
        f"</p>{_words(pen, facts, one)}</li>"
        for one in facts.requests
    ]
    first, rest = items[:_OPEN], items[_OPEN:]
    listed = f"{lead}<ol>{''.join(first)}</ol>"
    if not rest:
        return listed
    earlier = pen.word("earlier", count=len(rest))
    folded = f"<summary>{earlier}</summary><ol>{''.join(rest)}</ol>"
    return f'{listed}<details class="all">{folded}</details>'


def _name(pen: Pen, facts: Facts, told: Told) -> str:
    """Return what is asked for, in the catalogue's words."""
    if told.request is None:
        return pen.word("unvouched")
    found = facts.catalogue.datasets.get(told.request.diagnostic)
    if found is None:
        return text(told.request.diagnostic)
    return pen.declared(found.title).removesuffix(".")


def _state(pen: Pen, told: Told) -> str:
    """Return what has become of a request; why not, in the release's own words."""
    held = told.held
    words = pen.word(f"state.{held.state.value}")
    if not held.reason:
        return words
    return f"{words} ({pen.declared(sentence_of(held.reason))})"


def _words(pen: Pen, facts: Facts, told: Told) -> str:
    return facts_list(
        (pen.word(term), words) for term, words in _pairs(pen, facts, told)
    )


def _pairs(pen: Pen, facts: Facts, told: Told) -> Iterator[tuple[str, str]]:
    """Yield who asks, why and with what, and what was sent."""
    request, held = told.request, told.held
    if request is not None:
        yield "by", text(request.asked_by)
        if others := approvers(told, facts.people or {}):
            yield "approved-by", ", ".join(map(text, others))
        yield "ticket", text(request.ticket)
        yield "because", text(request.reason)
        dataset = facts.catalogue.datasets.get(request.diagnostic)
        given = given_in_words(request, dataset)
        if given:
            yield "with", text(given)
        if f"consent.{held.consent}" in pen.said.texts:
            yield "here", pen.word(f"consent.{held.consent}")
    if held.state is OrderState.DONE:
        yield "sent", pen.word("rows", count=held.found)
    yield "number", code(held.id[:_ID_SHOWN])
