# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent diagnostics`: who asked what of this machine, why, what they got.

Rules: works while the service runs, as the agent's user, and a yes or no also for who
sits at the machine, over the window; the words of a request are
shown where its signatures were found good, and no others; a yes or no is for one
request, and for one that waits.
Not here: judging and running (`agent/orders`), what left in all (`ledger.py`).
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping

from agent.budget import ORDERS_SHOWN
from agent.catalogue import declared
from agent.commands._tables import moment
from agent.device import at_work, time_of
from agent.errors import UsageError
from agent.identity import Identity, load
from agent.orders.answering import YES
from agent.orders.told import Told, approvers, people_of, told_of
from agent.printable import printable
from agent.spool.order import HeldOrder
from agent.state import State, is_ours, state_at
from agent.window.door import APPROVE, DENY, answer_request
from wire.endings import sentence_of
from wire.order_state import OrderState
from wire.parameter_words import given_in_words
from wire.technicians import Technician

_LAST = 20
_ID_SHOWN = 8
_WORDS = {
    OrderState.RECEIVED: "waits for its turn",
    OrderState.ASKING: "waits for an answer here",
    OrderState.RUNNING: "runs now",
    OrderState.DONE: "done",
    OrderState.DENIED: "denied here",
    OrderState.REFUSED: "not obeyed",
    OrderState.EXPIRED: "its time was over before it began",
    OrderState.CANCELLED: "taken back by who asked; nothing was sent",
    OrderState.FAILED: "came to nothing",
}
_ANSWERED = {
    APPROVE: "It runs once, now, if nothing has changed against it.",
    DENY: "It does not run; who asked is told.",
}
_CONSENTS = {
    "allow": "allowed here without a notice",
    "notify": "allowed here with a notice",
    "ask": "a person here is asked",
    YES: "a person here said yes",
}


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument(
        "--last",
        type=int,
        default=_LAST,
        help=f"requests shown ({_LAST}); 0 for all that are remembered, the newest "
        f"{ORDERS_SHOWN} at least",
    )
    parser.add_argument(
        "act",
        nargs="?",
        choices=(APPROVE, DENY),
        help="say yes or no to a request that waits for an answer",
    )
    parser.add_argument("id", nargs="?", help="its id, or the first digits of it")


def run(options: argparse.Namespace) -> int:
    """Show the requests, or answer one.

    Raises:
        AgentError: not enrolled, or the state cannot be read.
        UsageError: there is no such request, or it does not wait.
    """
    state = state_at(options.state)
    if options.act is None and not is_ours(state):
        msg = (
            "the agent's own user sees them here; discreet-agent page shows them to you"
        )
        raise UsageError(msg)
    if options.act is None:
        return _show(state, load(state), options)
    return _answer(state, options.act, options.id or "")


def _answer(state: State, act: str, name: str) -> int:
    """Say yes or no; over the window where the state is another user's."""
    if is_ours(state):
        found = answer_request(state, act, name).id
    else:
        from agent.window.asking import ask  # noqa: PLC0415 - only where asked for

        found = ask(f"{act} {name}").decode()
    sys.stdout.write(f"{printable(found[:_ID_SHOWN])}: {_ANSWERED[act]}\n")
    return 0


def _show(state: State, who: Identity, options: argparse.Namespace) -> int:
    if options.last < 0:
        msg = "--last must be 0 or more"
        raise UsageError(msg)
    with at_work(state, who, mend=False) as device:
        held = device.spool.orders()
        people = people_of(device, time_of(device))
    shown = held[-options.last :] if options.last else held
    told = [told_of(one, who) for one in shown]
    if options.json:
        for one in told:
            line = json.dumps(_plain(one, people), sort_keys=True)
            sys.stdout.write(line + "\n")
        return 0
    for one in told:
        for line in _lines(one, people):
            sys.stdout.write(line + "\n")
        sys.stdout.write("\n")
    if not told:
        sys.stdout.write("Nobody has asked anything of this machine.\n")
    return 0


def _why(held: HeldOrder) -> str:
    """Return what has become of a request, in words."""
    words = _WORDS[held.state]
    return f"{words}: {sentence_of(held.reason)}" if held.reason else words


def _lines(told: Told, people: Mapping[bytes, Technician]) -> Iterator[str]:
    """Yield what a person reads of a request."""
    held, request = told.held, told.request
    name = request.diagnostic if request else "(not vouched for)"
    yield f"{held.id[:_ID_SHOWN]}  {moment(held.heard)}  {printable(name)}"
    yield f"  {_why(held)}"
    if request is not None:
        others = approvers(told, people)
        also = f", approved by {', '.join(others)}" if others else ""
        yield printable(f"  asked by {request.asked_by}{also}, ticket {request.ticket}")
        yield printable(f"  because: {request.reason}")
        dataset = declared().datasets.get(request.diagnostic)
        given = given_in_words(request, dataset)
        if given:
            yield printable(f"  with: {given}")
        yield f"  here: {_CONSENTS.get(held.consent, held.consent)}"
    if held.state is OrderState.DONE:
        rows = f"{held.found} row" + ("s" if held.found != 1 else "")
        yield f"  sent: {rows}, redacted and sealed for support"
    if held.state is OrderState.ASKING:
        yield f"  until {moment(held.answer)}, which then is a no, say one of:"
        for act in ("approve", "deny"):
            yield f"    discreet-agent diagnostics {act} {held.id[:_ID_SHOWN]}"


def _plain(told: Told, people: Mapping[bytes, Technician]) -> dict[str, object]:
    """Return a request for a program."""
    held, request = told.held, told.request
    found: dict[str, object] = {
        "id": held.id,
        "heard": held.heard,
        "state": held.state.value,
        "reason": held.reason,
        "consent": held.consent,
        "rows": held.found,
    }
    if request is not None:
        found |= {
            "diagnostic": request.diagnostic,
            "parameters": {one.name: one.value for one in request.parameters},
            "ticket": request.ticket,
            "why": request.reason,
            "asked_by": request.asked_by,
            "approved_by": approvers(told, people),
            "expires": request.expires,
        }
    return found
