# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent page`: a page in plain words of what is read here, why, who asked.

Rules: no port is opened and nothing is fetched: the page is made by the agent's own
user, comes over the window where this person is another one, and is a file of this
person's alone; a browser is only told to open that file.
Not here: what it shows (`agent/window/page.py`), who may see it (`door.py`).
"""

import argparse
import os
import sys
from pathlib import Path

from agent.errors import AgentError, UsageError
from agent.host.desktop import open_file, private_folder, say, wanted_language
from agent.state import State, is_ours, state_at
from agent.words import LANGUAGES, language

_NAME = "discreet.html"


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--language",
        choices=sorted(LANGUAGES),
        help="of the page; yours where it is left out",
    )
    place = parser.add_mutually_exclusive_group()
    place.add_argument(
        "--to", metavar="FILE", help="write it there, and open nothing; - prints it"
    )


def run(options: argparse.Namespace) -> int:
    """Get the page, and open it.

    Raises:
        AgentError: nobody answers, or no page can be made.
        UsageError: the file cannot be written.
    """
    try:
        return _run(options)
    except AgentError as problem:
        if sys.stderr is not None:
            raise
        say(f"{problem}.")  # a menu's entry of Windows, which has no terminal
        return problem.exit_code


def _run(options: argparse.Namespace) -> int:
    chosen = options.language or language(wanted_language())
    octets = _page(state_at(options.state), chosen)
    if options.to == "-":
        sys.stdout.write(octets.decode())
        return 0
    place = Path(options.to) if options.to else private_folder() / _NAME
    _write(place, octets)
    if options.to is None and not open_file(place):
        sys.stdout.write(f"open this file in a browser: {place}\n")
    return 0


def _page(state: State, chosen: str) -> bytes:
    """Make the page, or ask for it where the state is another user's."""
    if is_ours(state):
        from agent.window.facts import facts  # noqa: PLC0415 - only where made here
        from agent.window.page import page  # noqa: PLC0415 - as above

        return page(facts(state), chosen).encode()
    from agent.window.asking import ask  # noqa: PLC0415 - only where asked for

    return ask(f"page {chosen}")


def _write(place: Path, octets: bytes) -> None:
    """Write the page for this person alone; a former one is replaced."""
    try:
        place.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(place, flags, 0o600), "wb") as file:
            file.write(octets)
    except OSError:
        msg = "the page cannot be written there: name another file with --to"
        raise UsageError(msg) from None
