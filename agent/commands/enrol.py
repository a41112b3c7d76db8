# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent enrol TOKEN`: join the collector that the token pins.

Rules: the token may come on standard input, so that it is in no process list; nothing
is collected by enrolling.
Not here: the exchange (`agent/enrolment.py`).
"""

import argparse
import sys

from agent.about import about
from agent.commands._network import add_proxy_option, proxy_for
from agent.device import at_work
from agent.enrolment import enrol
from agent.errors import UsageError
from agent.host.lock import sole
from agent.identity import trusted
from agent.resident import time_of
from agent.state import prepare, state_at
from wire import limits
from wire.errors import TokenError
from wire.token import parse_token


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("token", metavar="TOKEN", help="the token, or - to read it")
    add_proxy_option(parser)


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
    state = state_at(options.state)
    prepare(state)
    with sole(state.lock):
        proxy = proxy_for(token.url, options)
        who = enrol(state, text.strip(), about(), proxy)
        with at_work(state, who) as device:
            policy = trusted(state, who, time_of(device)).policy
    lines = [
        f"enrolled with {who.url} as device {who.device.hex()}",
        f"policy {policy.policy.name}, version {policy.version}; nothing was read yet",
        "next: discreet-agent preview, then discreet-agent once, or run",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _read() -> str:
    """Return a line of standard input; empty where there is none or it is no text."""
    if sys.stdin is None:
        return ""
    try:
        return sys.stdin.readline(limits.TOKEN_CHARS + 1)
    except UnicodeDecodeError:
        return ""
