# SPDX-License-Identifier: Apache-2.0
"""The networks that a policy names: where a dataset that tells of a place may be read.

Rules: a network is "10.1.0.0/24", or "10.1.0.0/24 via 00:11:22:33:44:55" where the
hardware address of its gateway has to fit too, for many homes have the same numbers;
what cannot be read is on no machine; meeting only ever takes away.
Not here: where a machine is (`agent/host/whereabouts.py`).
"""

import ipaddress
import re
from dataclasses import dataclass

from wire.allowed import Lists
from wire.errors import PolicyError

SHORTEST_PREFIX = 8
"""The largest private network; a shorter prefix would name half the world."""
_NETWORK = re.compile(r"([0-9.]{7,15}/[0-9]{1,2})(?: via ([0-9a-f:]{17}))?\Z")
_GATEWAY = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}\Z")
_NOBODY = frozenset({"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"})
_FORM = 'write "10.1.0.0/24" or "10.1.0.0/24 via 00:11:22:33:44:55", in lower case'


@dataclass(frozen=True, slots=True)
class Network:
    """One network.

    Attributes:
        range: its addresses.
        gateway: hardware address of its gateway; empty where any may be.
    """

    range: "ipaddress.IPv4Network"
    gateway: str = ""

    def within(self, other: "Network") -> bool:
        """Tell whether this one is the other, or a part of it."""
        fits = other.gateway in {"", self.gateway}
        return fits and self.range.subnet_of(other.range)

    def text(self) -> str:
        """Return its canonical form."""
        return f"{self.range} via {self.gateway}" if self.gateway else str(self.range)


def read_network(text: str) -> Network:
    """Return the network that a text names.

    Raises:
        PolicyError: it names none that a policy may name.
    """
    found = _NETWORK.match(text)
    if found is None:
        raise PolicyError(_FORM)
    try:
        addresses = ipaddress.IPv4Network(found[1])
    except (ipaddress.AddressValueError, ipaddress.NetmaskValueError):
        raise PolicyError(_FORM) from None
    except ValueError:
        msg = "an address of a machine, not of a network: its last bits must be 0"
        raise PolicyError(msg) from None
    if str(addresses) != found[1]:
        raise PolicyError(_FORM)
    odd = addresses.is_loopback or addresses.is_multicast or addresses.is_link_local
    if addresses.prefixlen < SHORTEST_PREFIX or odd:
        msg = f"not a network of machines of /{SHORTEST_PREFIX} or smaller"
        raise PolicyError(msg)
    gateway = found[2] or ""
    if gateway and (not _GATEWAY.match(gateway) or gateway in _NOBODY):
        raise PolicyError(_FORM)
    return Network(addresses, gateway)


def _met(first: Network, second: Network) -> Network | None:
    """Return the part that two networks share; None where there is none."""
    if first.gateway and second.gateway and first.gateway != second.gateway:
        return None
    small, large = sorted(
        (first.range, second.range), key=lambda item: item.prefixlen, reverse=True
    )
    if not small.subnet_of(large):
        return None
    return Network(small, first.gateway or second.gateway)


_LISTS = Lists(read_network, _met)
known, meet = _LISTS.known, _LISTS.meet
