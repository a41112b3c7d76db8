# SPDX-License-Identifier: Apache-2.0
"""What a probe is asked: a few checked texts, and every limit.

Rules: the child checks what it is told once more; a host is a DNS name or an address,
a number is within its bounds, and nothing else can be said.
Not here: the answer (`question.py`), who may ask (`probe_seam.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from agent.budget import (
    PROBE_MEMORY_BYTES,
    PROBE_PROCESSOR_SECONDS,
    PROBE_SECONDS,
)
from agent.host.interface import ProbeVerb
from agent.sidecar.question import QUESTION_BYTES
from wire import cbor
from wire.diagnostics import is_host

_BOUNDS: Mapping[str, tuple[int, int]] = {
    "port": (0, 65_535),
    "count": (0, 30),
    "size": (0, 1_400),
}
_TEXTS = ("host", "family", "record", "servers")
_NUMBERS = (
    "port",
    "count",
    "size",
    "milliseconds",
    "memory",
    "processor",
    "parent",
)


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe with its limits.

    Attributes:
        verb: what to do.
        host: whom to ask, a DNS name or an address.
        family: "any", "ipv4" or "ipv6".
        record: the type of DNS record that is asked for.
        servers: addresses of resolvers, separated by spaces.
        port: of TCP.
        count: packets, or steps of a way.
        size: octets that a packet carries.
        milliseconds: in which all of it has to be done.
        memory: most bytes of address space.
        processor: most seconds of processor time.
        parent: process that asks; a probe ends with it.
    """

    verb: ProbeVerb
    host: str
    family: str = "any"
    record: str = ""
    servers: str = ""
    port: int = 0
    count: int = 0
    size: int = 0
    milliseconds: int = int(PROBE_SECONDS * 1_000)
    memory: int = PROBE_MEMORY_BYTES
    processor: int = PROBE_PROCESSOR_SECONDS
    parent: int = 0


def encode_probe(probe: Probe) -> str:
    """Return a probe as an argument of a program."""
    plain: dict[int | str, cbor.Plain] = {"verb": probe.verb.value}
    for name in (*_TEXTS, *_NUMBERS):
        plain[name] = getattr(probe, name)
    return cbor.encode(plain).hex()


def decode_probe(argument: str) -> Probe:
    """Return the probe of an argument.

    Raises:
        WireError: it is none.
        ValueError: it is none.
        TypeError: it is none.
    """
    plain = cbor.decode(bytes.fromhex(argument), QUESTION_BYTES)
    if not isinstance(plain, dict):
        raise TypeError
    told = {str(name): value for name, value in plain.items()}
    host, family, record, servers = (str(told[name]) for name in _TEXTS)
    if not all(map(is_host, (host, *servers.split()))):
        raise ValueError
    numbers = (_number(name, told[name]) for name in _NUMBERS)
    return Probe(ProbeVerb(told["verb"]), host, family, record, servers, *numbers)


def _number(name: str, value: object) -> int:
    if not isinstance(value, int):
        raise TypeError
    least, most = _BOUNDS.get(name, (0, 1 << 40))
    if not least <= value <= most:
        raise ValueError
    return value
