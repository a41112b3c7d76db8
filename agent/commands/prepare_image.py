# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent prepare-image`: make this machine one to take copies of.

Rules: nothing of a device is left on it, or all copies would be one; a device that was
enrolled here takes leave first; `enrol.toml` stays, or is put in, so that each copy
enrols by itself at its first start; refused while the agent runs.
Not here: the farewell and the wiping (`agent/leaving.py`), how a copy enrols
(`agent/unattended.py`).
"""

import argparse
import sys
from pathlib import Path

from agent import enrol_file
from agent.commands._network import add_proxy_option
from agent.commands.forget import forget, remove_lock, who_is
from agent.enrol_file import EnrolFile
from agent.errors import UsageError
from agent.host.lock import sole
from agent.state import State, prepare, state_at, write
from wire import limits


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_proxy_option(parser)
    parser.add_argument(
        "--enrol-file",
        metavar="FILE",
        help="put this enrol.toml in, with which each copy enrols",
    )


def run(options: argparse.Namespace) -> int:
    """Wipe what makes this machine a device.

    Raises:
        AgentError: the agent runs, the file is wrong, or something cannot be removed.
    """
    state = state_at(options.state)
    given = _given(options.enrol_file)
    prepare(state)
    with sole(state.lock):
        lines = forget(state, who_is(state), options, (enrol_file.NAME,))
        if given is not None:
            write(state.directory / enrol_file.NAME, given.content)
    remove_lock(state)
    lines.append(_next(state, options.settings.directory))
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _given(name: str | None) -> EnrolFile | None:
    """Return the file to put in, which must be one.

    Raises:
        UsageError: it cannot be read, or is wrong.
    """
    if name is None:
        return None
    path = Path(name)
    try:
        with path.open("rb") as file:
            given = EnrolFile(path, file.read(limits.POLICY_SOURCE_BYTES + 1))
    except OSError:
        msg = "the enrol.toml that was named cannot be read: check its path and rights"
        raise UsageError(msg) from None
    given.words()
    return given


def _next(state: State, configuration: Path) -> str:
    """Return what to do, by whether a copy can enrol."""
    file = enrol_file.find(state, configuration)
    if file is None:
        return (
            "no enrol.toml is here: give one with --enrol-file, or to each copy before "
            "its first start; then shut down and take the image"
        )
    file.words()
    return (
        "each copy enrols with enrol.toml at its first start: its token must serve as "
        "many machines; do not start the agent here again, shut down and take the image"
    )
