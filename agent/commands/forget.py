# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent forget`: take leave of the collector, and be no device any more.

Rules: refused while the agent runs; asked of a person, unless `--yes` is given; what
the collector could not be told is said, and all is wiped anyway: whoever uninstalls is
not kept. Not enrolled is no error.
Not here: the farewell and the wiping (`agent/leaving.py`).
"""

import argparse
import sys
from contextlib import suppress

from agent.commands._network import add_proxy_option, courier_for
from agent.errors import AgentError, NotEnrolledError, UsageError
from agent.host.lock import sole
from agent.identity import Identity, load
from agent.leaving import Left, require_removed, say_farewell, wipe
from agent.state import State, prepare, state_at


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_proxy_option(parser)
    parser.add_argument(
        "--yes", action="store_true", help="do not ask; what an uninstaller gives"
    )


def run(options: argparse.Namespace) -> int:
    """Say farewell and wipe.

    Raises:
        AgentError: the agent runs, a person says no, or something cannot be removed.
    """
    state = state_at(options.state)
    if not state.directory.exists():
        sys.stdout.write("this machine is not enrolled: there is nothing to forget\n")
        return 0
    prepare(state)
    with sole(state.lock):
        who = who_is(state)
        if not options.yes:
            _ask(who)
        lines = forget(state, who, options)
    remove_lock(state)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def forget(
    state: State,
    who: Identity | None,
    options: argparse.Namespace,
    keep: tuple[str, ...] = (),
) -> list[str]:
    """Take leave and wipe; return what to tell.

    Args:
        state: the state directory, whose lock is held.
        who: the device; None where there is none.
        options: the command line.
        keep: names of files that stay.

    Raises:
        StateError: something cannot be removed.
    """
    lines = []
    if who is not None:
        if sys.stderr.isatty():
            sys.stderr.write("taking leave of the collector\n")
        lines = told(who, _leave(state, who, options))
    require_removed(wipe(state, keep))
    return [*lines, "wiped: keys, policy, spool, ledger and marks of this machine"]


def remove_lock(state: State) -> None:
    """Remove the lock's file, once nobody holds it: Windows removes none that is open.

    An agent that has begun since then holds it, and keeps it on either system.
    """
    with suppress(AgentError, OSError):
        with sole(state.lock):
            pass
        state.lock.unlink(missing_ok=True)


def told(who: Identity, left: Left) -> list[str]:
    """Return how the farewell went, in words."""
    device = who.device.hex()
    if not left.told:
        return [
            f"the collector could not be told: {left.why}",
            f"to end it there: discreet-server device revoke {device}",
            *_lost(left),
        ]
    return [f"the collector was told that device {device} is gone", *_lost(left)]


def _lost(left: Left) -> list[str]:
    if not left.unsent:
        return []
    return [f"{left.unsent} sealed envelopes were never sent, and end here"]


def _leave(state: State, who: Identity, options: argparse.Namespace) -> Left:
    try:
        courier = courier_for(who.url, options, hears=False)
    except AgentError as problem:  # a proxy that is set wrongly keeps nobody here
        return Left(told=False, why=str(problem))
    return say_farewell(state, who, courier)


def who_is(state: State) -> Identity | None:
    """Return the device; None where there is none, or its file is damaged."""
    try:
        return load(state)
    except NotEnrolledError:
        return None
    except AgentError as problem:
        sys.stderr.write(f"discreet-agent: {problem}; it is wiped\n")
        return None


def _ask(who: Identity | None) -> None:
    """Have a person say yes.

    Raises:
        UsageError: nobody can be asked, or the answer is another.
    """
    msg = "give --yes: nobody can be asked here"
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(msg)
    name = "this machine" if who is None else f"device {who.device.hex()}"
    sys.stderr.write(f"end {name} and wipe its keys and spool? Type yes: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() != "yes":
        msg = "nothing was done"
        raise UsageError(msg)
