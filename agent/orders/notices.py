# SPDX-License-Identifier: Apache-2.0
"""Tells who is at the machine what is asked of it, in a few sentences.

Rules: who asks, why, for which case, with what, and what comes back; what was signed is
shown and nothing is added, never a value; however long that is, the end says how to
answer; who is signed in is told in their session and language, else all terminals in
the machine's; where nobody can be told the ledger says so.
Not here: asking for a yes (`run_work.py`), how a text gets to a desktop
(`agent/host/notify.py`), the texts (`agent/words`).
"""

from collections.abc import Callable
from typing import Protocol

from agent.budget import ASK_SECONDS
from agent.errors import HostError
from agent.host.desktop import wanted_language
from agent.host.interface import Host, Program
from agent.host.notice import Notice, Said
from agent.host.terminals import any_reached
from agent.words import LANGUAGES, Speech, speech
from wire.catalogue import Dataset
from wire.orders import Request
from wire.parameter_words import given_in_words

_GIVEN = 200
"""Characters of parameters: eight of 253 octets would fill a screen."""
_ID_SHOWN = 8


class Tell(Protocol):
    """Shows a notice on desktops."""

    def __call__(self, notice: Notice) -> bool:
        """Show it, or tell that nobody is there to see it."""


def nobody(notice: Notice) -> bool:
    """Tell nobody: a machine without desktops."""
    del notice
    return False


def notice(request: Request, dataset: Dataset, *, asks: bool) -> Notice:
    """Return what a person at the machine is told.

    Args:
        request: what was signed.
        dataset: what comes back, as it is declared.
        asks: whether a person has to say yes.
    """
    said = {
        name: _said(speech(name), request, dataset, asks=asks) for name in LANGUAGES
    }
    return Notice(said, request.id.hex() if asks else "")


def _said(said: Speech, request: Request, dataset: Dataset, *, asks: bool) -> Said:
    """Return a notice in one language."""
    what = said.shown(dataset.title)
    given = given_in_words(request, dataset)
    given = given if len(given) <= _GIVEN else given[: _GIVEN - 1] + "…"
    rows, name = request.rows, dataset.name
    approve = f"discreet-agent diagnostics approve {request.id.hex()[:_ID_SHOWN]}"
    minutes = ASK_SECONDS // 60
    parts = (
        said.text(
            "notice.wants", who=request.asked_by, ticket=request.ticket, what=what
        ),
        said.text("notice.with", given=given) if given else "",
        said.text("notice.why", why=request.reason, rows=rows, name=name),
        said.text("notice.answer", approve=approve, minutes=minutes)
        if asks
        else said.text("notice.once"),
    )
    title = said.text("notice.asks" if asks else "notice.looks")
    return Said(title, " ".join(filter(None, parts)))


def show(
    host: Host,
    told: Notice,
    tell: Tell = nobody,
    reached: Callable[[], bool] = any_reached,
) -> bool:
    """Show a notice to who is at the machine; tell whether that could be done.

    Args:
        host: the machine, for its terminals.
        told: what to show.
        tell: how desktops are told.
        reached: whether what terminals are told comes to any.
    """
    if tell(told):
        return True
    said = told.of(wanted_language())
    try:
        host.run(Program.WALL, f"{said.title}. {said.text}")
    except HostError:
        return False
    return reached()
