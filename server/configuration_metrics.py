# SPDX-License-Identifier: Apache-2.0
"""Where figures are shown or pushed: `[metrics]` of config.toml, `--metrics`.

Rules: they are shown at an address and a port, for a name could come to mean another
network; nowhere unless somebody says so.
Not here: the rest of config.toml (`server/configuration.py`), showing them
(`server/figures`), pushing them (`server/watch/pushing.py`).
"""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from server.errors import UsageError

PORT_MAXIMUM = 65_535
PUSH_CHARS = 400
"""A name of 253 characters with its port and a path."""
PUSH_SECONDS = 60
PUSH_RANGE = range(10, 3_601)
"""More often tells a person nothing; a receiver forgets what comes less often."""
_TEXTS = frozenset({"listen", "gate", "otlp", "otlp_authority"})
_SECONDS = "otlp_seconds"


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
class Push:
    """A receiver of OTLP over TLS.

    Attributes:
        address: `HOST[:PORT][/PATH]`.
        authority: PEM file of who signs its certificate; None for those that this
            system trusts.
    """

    address: str
    authority: Path | None = None


@dataclass(frozen=True, slots=True)
class Metrics:
    """What `[metrics]` says.

    Attributes:
        listen: where the fleet's figures are shown; None for nowhere.
        gate: where the gate of `serve` shows its own, as ADDRESS:PORT; empty if not.
        push: where both are pushed; None for nowhere.
        push_seconds: from one push to the next.
    """

    listen: Where | None = None
    gate: str = ""
    push: Push | None = None
    push_seconds: int = PUSH_SECONDS

    @property
    def watched(self) -> bool:
        """Tell whether the fleet's figures go anywhere."""
        return self.listen is not None or self.push is not None


def read_metrics(items: object) -> Metrics:
    """Return the checked table `[metrics]`.

    Raises:
        ValueError: it says something unknown, or no text.
        UsageError: an address is none.
    """
    if not isinstance(items, dict) or not items.keys() <= _TEXTS | {_SECONDS}:
        raise ValueError
    if not all(isinstance(items[name], str) for name in items.keys() & _TEXTS):
        raise ValueError
    places = {name: where(items[name]) for name in ("listen", "gate") if name in items}
    seconds = items.get(_SECONDS, PUSH_SECONDS)
    if type(seconds) is not int or seconds not in PUSH_RANGE:
        raise ValueError
    push = _push(items)
    if push is None and items.keys() & {"otlp_authority", _SECONDS}:
        raise ValueError
    return Metrics(places.get("listen"), items.get("gate", ""), push, seconds)


def _push(items: dict[str, str]) -> Push | None:
    address = items.get("otlp")
    if address is None:
        return None
    file = items.get("otlp_authority")
    if not 0 < len(address) <= PUSH_CHARS:
        raise ValueError
    if file is not None and not Path(file).is_absolute():
        raise ValueError
    return Push(address, None if file is None else Path(file))
