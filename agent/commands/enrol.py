# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent enrol TOKEN`: join the collector that the token pins.

Rules: the token may come on standard input, so that it is in no process list; nothing
is collected by enrolling; an identity is given up only where the collector refuses it
for good, or where a person insists.
Not here: the exchange (`agent/enrolment.py`), what becomes of the old identity
(`agent/anew.py`).
"""

import argparse
import sys
import time

from agent.about import about
from agent.anew import hand_over, joining
from agent.commands._network import add_proxy_option, courier_for, proxy_for
from agent.delivery.proxies import Proxy
from agent.delivery.shipping import FOR_GOOD, Act, Next
from agent.device import at_work, time_of, trust_of
from agent.enrolment import enrol
from agent.errors import Problem, UsageError
from agent.host.lock import sole
from agent.identity import Identity, load, trusted
from agent.state import State, prepare, state_at
from wire import limits
from wire.errors import IdentityError, TokenError
from wire.token import parse_token


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("token", metavar="TOKEN", help="the token, or - to read it")
    add_proxy_option(parser)
    parser.add_argument(
        "--anew",
        action="store_true",
        help="give up an identity that the collector refuses, and count what is lost",
    )
    parser.add_argument(
        "--force", action="store_true", help="with --anew: whatever the collector says"
    )


def run(options: argparse.Namespace) -> int:
    """Enrol this machine.

    Raises:
        AgentError: the token, the collector or the state directory is not right.
    """
    given: str = options.token
    text = _read() if given == "-" else given
    try:
        token = parse_token(text.strip())
    except TokenError as problem:
        raise UsageError(str(problem)) from None
    if options.force and not options.anew:
        msg = "--force is of --anew: an enrolment needs none"
        raise UsageError(msg)
    state = state_at(options.state)
    if not options.anew and joining(state).identity.exists():
        msg = "an enrolment anew was begun here: run it again, with --anew"
        raise UsageError(msg)
    prepare(state)
    with sole(state.lock):
        proxy = proxy_for(token.url, options)
        if options.anew:
            _anew(state, text.strip(), proxy, options)
            who = load(state)
        else:
            who = enrol(state, text.strip(), about(), proxy)
        with at_work(state, who) as device:
            policy = _policy(state, who, time_of(device))
    lines = [
        f"enrolled with {who.url} as device {who.device.hex()}",
        f"{policy}; nothing was read yet",
        "next: discreet-agent preview, then discreet-agent once, or run",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _policy(state: State, who: Identity, now: int) -> str:
    """Say what is obeyed; a device that is just enrolled may have no placement yet."""
    try:
        policy = trusted(state, who, now).policy
    except IdentityError:
        return "no policy yet: the collector says within minutes which one is obeyed"
    return f"policy {policy.policy.name}, version {policy.version}"


def _anew(
    state: State, token: str, proxy: Proxy | None, options: argparse.Namespace
) -> None:
    """Take a new identity; one that was begun before is gone on with.

    Raises:
        UsageError: there is no identity to give up, or the collector takes its data.
    """
    fresh = joining(state)
    if not fresh.identity.exists():
        if not state.identity.exists():
            msg = "this machine is not enrolled: leave --anew out"
            raise UsageError(msg)
        if not options.force:
            _require_refused(state, options)
        enrol(fresh, token, about(), proxy)
    hand_over(state, int(time.time()))


def _require_refused(state: State, options: argparse.Namespace) -> None:
    """Require that the collector refuses the identity for good."""
    who = load(state)
    courier = courier_for(who.url, options)
    with at_work(state, who) as device:
        trust = trust_of(device, time_of(device))
        try:
            with courier.session(device, trust) as session:
                courier.act(session, device, trust, Next(Act.POLL))
        except Problem as problem:
            if problem.slug in FOR_GOOD:
                return
            raise
    msg = (
        "the collector knows this device and takes its data: it needs no new identity; "
        "with --force it gets one, and what waits is counted as lost"
    )
    raise UsageError(msg)


def _read() -> str:
    """Return a line of standard input; empty where there is none or it is no text."""
    if sys.stdin is None:
        return ""
    try:
        return sys.stdin.readline(limits.TOKEN_CHARS + 1)
    except UnicodeDecodeError:
        return ""
