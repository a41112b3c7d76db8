# SPDX-License-Identifier: Apache-2.0
"""`network.toml` in the state directory: the proxy that a person has set for good.

Rules: a file that cannot be understood is an error and not ignored, for going around a
proxy may be forbidden; no word of the file is repeated, for a password may be in it; it
is no part of `local.toml`, which can only take away what is collected.
Not here: proxies themselves (`proxies.py`).
"""

from agent.errors import UsageError
from agent.state import State, read
from wire import limits
from wire.errors import PolicyError

NAME = "network.toml"
_MSG = (
    f'{NAME} cannot be understood: it takes one line, proxy = "http://host:port" or '
    'proxy = "direct"'
)


def proxy_setting(state: State) -> str | None:
    """Return the proxy that is set in the state directory, or None.

    Raises:
        UsageError: the file is there and cannot be understood.
        StateError: the file cannot be read.
    """
    source = read(state.directory / NAME, limits.POLICY_SOURCE_BYTES)
    if source is None:
        return None
    from wire.policy_toml import (  # noqa: PLC0415 - few machines have the file
        Table,
        read_table,
    )

    def setting(top: Table) -> str | None:
        top.only("proxy")
        return top.text("proxy") if "proxy" in top.entries else None

    try:
        found = read_table(source, NAME, setting)
    except PolicyError:
        raise UsageError(_MSG) from None
    return found
