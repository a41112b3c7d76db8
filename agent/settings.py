# SPDX-License-Identifier: Apache-2.0
"""`agent.toml`: what whoever runs the machine has set, under environment and flags.

Rules: the file goes first, the environment over it, flags over both; a key that is not
known is refused and the nearest one named; no value is repeated, for a proxy's password
may be among them; nothing of what is collected is set here.
Not here: what narrows collection (`local.toml`, `effective.py`), proxies themselves
(`agent/delivery/proxies.py`), the file as it is shipped (`packaging/linux/agent.toml`).
"""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agent.errors import UsageError
from agent.host.access import DEFAULT_CONFIGURATION, STATE_VARIABLE
from wire import limits
from wire.errors import PolicyError

if TYPE_CHECKING:
    from wire.policy_toml import Table

NAME = "agent.toml"
CONFIG_VARIABLE = "DISCREET_AGENT_CONFIG"
PROXY_VARIABLE = "DISCREET_AGENT_PROXY"
LOG_VARIABLE = "DISCREET_AGENT_LOG"
LEVELS = ("info", "warning", "error")
KEYS = ("state", "proxy", "log")


class Settings(NamedTuple):
    """What is set; None for what is not.

    Attributes:
        directory: of `agent.toml`, also where there is none.
        state: the state directory.
        proxy: address, "direct" or "system".
        log: the least level that is written.
        found: whether there is a file.
    """

    directory: Path = DEFAULT_CONFIGURATION
    state: str | None = None
    proxy: str | None = None
    log: str | None = None
    found: bool = False

    def __repr__(self) -> str:
        """Show no value: a proxy's password may be among them."""
        return f"<Settings {NAME}>"


def read_settings(path: Path | None) -> Settings:
    """Return what a file sets.

    Args:
        path: the file; None for the usual place, where it may be absent.

    Raises:
        UsageError: it cannot be read or understood.
    """
    place = path or DEFAULT_CONFIGURATION / NAME
    try:
        with place.open("rb") as file:
            source = file.read(limits.POLICY_SOURCE_BYTES + 1)
    except FileNotFoundError:
        if path is None:
            return Settings()
        msg = f"the configuration that was named is not there: write it, or leave {_BY}"
        raise UsageError(msg) from None
    except OSError:
        msg = f"{NAME} cannot be read: run as the agent's own user, or name another"
        raise UsageError(msg) from None
    from wire.policy_toml import read_table  # noqa: PLC0415 - a third has no file

    def build(top: "Table") -> Settings:
        return _settings(top, place.parent)

    try:
        return read_table(source, NAME, build)
    except PolicyError as problem:
        first, *others = str(problem).splitlines()
        more = f" (and {len(others)} more)" if others else ""
        raise UsageError(first + more) from None


def configure(
    options: argparse.Namespace, environment: Mapping[str, str] = os.environ
) -> Settings:
    """Return what holds: the file, over it the environment, over both the flags.

    Args:
        options: the command line; `state`, `proxy`, `flags` and `settings` are
            set in it.
        environment: variables of this process.

    Raises:
        UsageError: the file, or a variable, is wrong.
    """
    flags = getattr(options, "flags", (options.state, getattr(options, "proxy", None)))
    options.flags = flags  # a reload reads the file anew, under the same flags
    named = getattr(options, "config", None) or environment.get(CONFIG_VARIABLE)
    held = read_settings(Path(named) if named else None)
    log = environment.get(LOG_VARIABLE) or held.log
    if log is not None and log not in LEVELS:
        msg = f"{LOG_VARIABLE} must be one of {', '.join(LEVELS)}"
        raise UsageError(msg)
    settings = Settings(
        held.directory,
        flags[0] or environment.get(STATE_VARIABLE) or held.state,
        flags[1] or environment.get(PROXY_VARIABLE) or held.proxy,
        log,
        held.found,
    )
    options.state, options.proxy = settings.state, settings.proxy
    options.settings = settings
    return settings


_BY = f"--config and {CONFIG_VARIABLE} out"


def _settings(top: "Table", directory: Path) -> Settings:
    for key in top.entries:
        if key not in KEYS:
            top.refuse(_unknown(key), key)
    state, proxy, log = (top.text(key) if key in top.entries else None for key in KEYS)
    if state is not None and not Path(state).is_absolute():
        top.refuse("state must be an absolute path", "state")
    if log is not None and log not in LEVELS:
        top.refuse(f"log must be one of {', '.join(LEVELS)}", "log")
    return Settings(directory, state, proxy, log, found=True)


def _unknown(key: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - for a mistake alone

    from wire.policy_toml import shown  # noqa: PLC0415 - as above

    near = get_close_matches(key.lower(), KEYS, 1, 0.5)
    if near:
        return f"unknown key {shown(key)}: did you mean {near[0]}?"
    return f"unknown key {shown(key)}; known here: {', '.join(KEYS)}"
