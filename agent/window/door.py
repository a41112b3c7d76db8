# SPDX-License-Identifier: Apache-2.0
"""What may be asked over the window, by whom, and what is answered.

Rules: three questions and no other: the page in a language, a yes, a no; whoever is at
the machine may look; only its administrator and who sits at it may answer a request; a
question is one short line, an answer is "ok" or "no", a line's end, and the rest.
Not here: who asks (`unix.py`, `pipe.py`), the other end of it (`asking.py`).
"""

from collections.abc import Callable
from contextlib import closing

from agent.device import at_work, time_of
from agent.errors import AgentError, UsageError
from agent.identity import load
from agent.orders.answering import approve, deny
from agent.orders.consent import ADMINISTRATOR
from agent.spool.order import HeldOrder
from agent.spool.spool import open_spool
from agent.state import State, marked_at
from agent.window.bounds import NO, OK
from agent.words import LANGUAGES
from wire.errors import WireError

APPROVE, DENY, PAGE = "approve", "deny", "page"


def answer(state: State, question: bytes, who: Callable[[], str]) -> bytes:
    """Return what is answered to a question.

    Args:
        state: the state directory, of this process's own user.
        question: as it came, from anyone.
        who: tells as what who asks may say yes or no here; empty for not at all.
    """
    try:
        act, _, given = question.decode("ascii").rstrip("\n").partition(" ")
        if act == PAGE and given in LANGUAGES:
            from agent.window.facts import facts  # noqa: PLC0415 - not for a yes or no
            from agent.window.page import page  # noqa: PLC0415 - as above

            return OK + page(facts(state), given).encode()
        if act in {APPROVE, DENY}:
            by = who()
            if not by:
                return NO + NOT_YOU.encode()
            held = answer_request(state, act, given, by)
            return OK + held.id.encode()
    except UnicodeDecodeError:
        pass
    except (AgentError, WireError) as problem:
        return NO + str(problem).encode()
    return NO + b"the agent at the other end is of another release: update both"


NOT_YOU = (
    "only who sits at this machine, or its administrator, can answer a request: run "
    "it there, or as administrator"
)


def answer_request(
    state: State, act: str, name: str, by: str = ADMINISTRATOR
) -> HeldOrder:
    """Say yes or no to a request that waits; return it.

    Args:
        state: the state directory.
        act: APPROVE or DENY.
        name: the first digits of its id.
        by: ADMINISTRATOR or AT_SCREEN.

    Raises:
        UsageError: there is none, more than one, or it does not wait any more.
        AgentError: not enrolled, or the state cannot be read or written.
    """
    if not name:
        msg = f"name the request: discreet-agent diagnostics {act} ID"
        raise UsageError(msg)
    with at_work(state, load(state), mend=False) as device:
        now = time_of(device)
    with closing(open_spool(state.spool, now, marked_at(state), check=False)) as spool:
        return (approve if act == APPROVE else deny)(spool, name, now, by)
