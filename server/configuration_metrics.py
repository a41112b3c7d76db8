# SPDX-License-Identifier: Apache-2.0
"""Where figures are shown, as people write it: `[metrics]` of config.toml, `--metrics`.

Rules: an address and a port, for a name could come to mean another network; nowhere
unless somebody says so.
Not here: the rest of config.toml (`server/configuration.py`), showing them
(`server/figures`).
"""

from dataclasses import dataclass
from ipaddress import ip_address

from server.errors import UsageError

PORT_MAXIMUM = 65_535


@dataclass(frozen=True, slots=True)
class Where:
    """An address to listen on.

    Attributes:
        host: an IP address.
        port: 0 for any that is free.
    """

    host: str
    port: int


def where(text: str) -> Where:
    """Return the address of HOST:PORT.

    Raises:
        UsageError: it is none.
    """
    host, colon, port = text.rpartition(":")
    try:
        address = ip_address(host.removeprefix("[").removesuffix("]"))
        number = int(port)
    except ValueError:
        number = -1
    if not colon or not port.isascii() or not 0 <= number <= PORT_MAXIMUM:
        msg = "figures are shown at ADDRESS:PORT, like 127.0.0.1:9464"
        raise UsageError(msg)
    return Where(str(address), number)


@dataclass(frozen=True, slots=True)
class Metrics:
    """What `[metrics]` says.

    Attributes:
        listen: where the fleet's figures are shown; None for nowhere.
        gate: where the gate of `serve` shows its own, as ADDRESS:PORT; empty if not.
    """

    listen: Where | None = None
    gate: str = ""


def read_metrics(items: object) -> Metrics:
    """Return the checked table `[metrics]`.

    Raises:
        ValueError: it says something unknown, or no text.
        UsageError: an address is none.
    """
    if not isinstance(items, dict) or not items.keys() <= {"listen", "gate"}:
        raise ValueError
    if not all(isinstance(text, str) for text in items.values()):
        raise ValueError
    places = {name: where(text) for name, text in items.items()}
    return Metrics(places.get("listen"), items.get("gate", ""))
