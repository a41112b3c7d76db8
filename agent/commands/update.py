# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent update`: looks for a release of the agent, and hands it over.

Rules: a short-lived process of its own: what verifies is never loaded by the resident
agent; what is taken is the signed policy's word, and `local.toml`'s; installs nothing
itself; works while the service runs, as the agent's user.
Not here: the look (`agent/updates/look.py`), the installer (`agent/updates`).
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec

from agent.commands._network import add_proxy_option, proxy_for
from agent.delivery.download import download
from agent.delivery.polling import open_session
from agent.device import at_work, time_of
from agent.effective import effective_policy
from agent.errors import UpdateError
from agent.host.access import DEFAULT_INSTALLER, DEFAULT_UPDATE_ROOT
from agent.identity import Identity, load, trusted
from agent.state import State, state_at
from agent.updates import handover
from wire.release import __version__
from wire.trust import Trusted
from wire.updates import Updates, read_version

PREFIX = "/updates/"
"""Where the collector's address has the update repository."""
_DENIED = "not-by-policy"


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_proxy_option(parser)
    parser.add_argument(
        "--check", action="store_true", help="only tell; fetch no package"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(options: argparse.Namespace) -> int:
    """Look for an update.

    Raises:
        AgentError: not enrolled, or what is offered is refused or cannot be had.
    """
    state = state_at(options.state)
    who = load(state)
    with at_work(state, who, mend=False) as device:
        now = time_of(device)
    trust = trusted(state, who, now)
    wanted = effective_policy(state, trust.policy.policy).updates
    slug, version = _DENIED, ""
    if wanted is not None:
        slug, version = _look(options, state, (who, trust), wanted, now)
    _tell(slug, version, as_json=options.json)
    return 0


def _look(
    options: argparse.Namespace,
    state: State,
    known: tuple[Identity, Trusted],
    wanted: Updates,
    now: int,
) -> tuple[str, str]:
    """Return the slug of what was found, and the release."""
    kind = handover.packaged(handover.PACKAGED)
    if kind is None or find_spec("tuf") is None:
        slug = "not-packaged"
        raise UpdateError(slug)
    from agent.updates.choosing import Here  # noqa: PLC0415 - loads tuf
    from agent.updates.installing import held  # noqa: PLC0415 - as above
    from agent.updates.look import Look, look  # noqa: PLC0415 - as above

    who, trust = known
    session = open_session(who, trust, proxy_for(who.url, options))

    def fetch(path: str) -> Iterator[bytes]:
        return download(session, PREFIX + path)

    struck = handover.struck(DEFAULT_INSTALLER, int(time.time()))
    here = Here(read_version(__version__), kind, who.device, struck)
    back = held(DEFAULT_INSTALLER, kind)
    it = Look(state, here, wanted, DEFAULT_UPDATE_ROOT, fetch, back, now)
    found = look(it, take=not options.check)
    return found.slug, found.version


def _tell(slug: str, version: str, *, as_json: bool) -> None:
    """Say what was found, and how the last update ended."""
    last = handover.outcome(DEFAULT_INSTALLER)
    if as_json:
        ended = None if last is None else {"outcome": last[0], "release": str(last[1])}
        told = {"found": slug, "release": version or None, "last": ended}
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
        return
    from agent.updates.words import LAST, NEWS, REASONS  # noqa: PLC0415 - for people

    words = (REASONS | NEWS)[slug].format(version=version)
    sys.stdout.write(f"{words}\n")
    if last is not None and last[0] in LAST:
        sys.stdout.write(f"last: release {last[1]}: {LAST[last[0]]}\n")
