# SPDX-License-Identifier: Apache-2.0
"""Tells who is at the machine what is asked of it, in a few sentences.

Rules: who asks, why, for which case, and what comes back; what was signed is shown and
nothing is added, never a value; who is signed in is told in their session, else all
terminals; where nobody can be told the ledger says so.
Not here: asking for a yes (`run_work.py`), how a text gets to a desktop
(`agent/host/notify.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from agent.errors import HostError
from agent.host.interface import Host, Program
from agent.host.terminals import any_reached
from wire.catalogue import Dataset
from wire.orders import Request

_MOST = 1_000
"""Characters of a notice: a reason of 512 octets and the words around it."""
_ID_SHOWN = 8


class Tell(Protocol):
    """Shows a notice on desktops."""

    def __call__(self, title: str, text: str, *, asks: str = "") -> bool:
        """Show it, or tell that nobody is there to see it."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person at the machine is told.

    Attributes:
        title: a few words.
        text: a few sentences.
        asks: the request that a person has to say yes to; empty where none has to.
    """

    title: str
    text: str
    asks: str = ""


def nobody(title: str, text: str, *, asks: str = "") -> bool:
    """Tell nobody: a machine without desktops."""
    del title, text, asks
    return False


def notice(request: Request, dataset: Dataset, *, asks: bool) -> Notice:
    """Return what a person at the machine is told.

    Args:
        request: what was signed.
        dataset: what comes back, as it is declared.
        asks: whether a person has to say yes.
    """
    name = f"discreet-agent diagnostics approve {request.id.hex()[:_ID_SHOWN]}"
    end = (
        f"To allow it: {name} (or deny). Without a yes within five minutes it does not "
        "run."
        if asks
        else "It is read once, now. discreet-agent diagnostics shows what became of it."
    )
    title = "Discreet: a technician asks" if asks else "Discreet: a technician looks"
    text = (
        f"{request.asked_by} (ticket {request.ticket}) wants to know: {dataset.title} "
        f"Why: {request.reason} - What comes back: {request.rows} rows at most, "
        f"redacted and sealed, of {dataset.name}. {end}"
    )
    return Notice(title, text[:_MOST], request.id.hex() if asks else "")


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
    if tell(told.title, told.text, asks=told.asks):
        return True
    try:
        host.run(Program.WALL, f"{told.title}. {told.text}")
    except HostError:
        return False
    return reached()
