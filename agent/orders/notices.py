# SPDX-License-Identifier: Apache-2.0
"""Tells who is at the machine what is asked of it, in one short text.

Rules: who asks, what, why and for which case; what was signed is shown and nothing is
added; where nobody can be told the ledger says so.
Not here: asking for a yes (`run_work.py`), how a text is shown (the Host's programs).
"""

from agent.errors import HostError
from agent.host.interface import Host, Program
from wire.orders import Request

_MOST = 600
"""Characters of a notice: a reason of 512 octets and the words around it."""


def notice(request: Request, *, asks: bool) -> str:
    """Return what a person at the machine is told.

    Args:
        request: what was signed.
        asks: whether a person has to say yes.
    """
    name = f"discreet-agent diagnostics approve {request.id.hex()[:8]}"
    end = f"To allow it: {name}" if asks else "It is read once, now."
    return (
        f"Discreet: {request.asked_by} asks for {request.diagnostic} of this machine, "
        f"ticket {request.ticket}: {request.reason} - {end}"
    )[:_MOST]


def show(host: Host, text: str) -> bool:
    """Show a text to all who are signed in; tell whether that could be done.

    Args:
        host: the machine.
        text: printable, and no option of a program.
    """
    try:
        host.run(Program.WALL, text)
    except HostError:
        return False
    return True
