# SPDX-License-Identifier: Apache-2.0
"""What a stand-in costs, uncached, and what the command that makes most of them does.

Rules: every value is a new one; beside ours stands the draft's own way of encrypting an
address, one call of AES for each bit.
Not here: finding what to replace.

Run it alone as `python -m bench.stand_ins`.
"""

import ipaddress
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.measure import (
    PYTHON,
    Cost,
    Figure,
    function,
    median_cost,
    program,
    publish,
)
from wire.crypto.addresses import DeterministicCipher, PrefixCipher
from wire.pseudonyms import pseudonym
from wire.spellings import address_octets

KEY = bytes(range(32))
VALUES = 1_000
BOUND_US = 20.0
START_MS = 80.0
MEMORY_MIB = 60.0
_BITS = 128
_LINES = 100_000
_FIRST = (
    "Nov 30 06:25:01 ws7 sshd[4321]: Failed password for invalid user eve "
    "from 192.0.2.7 port 50022 ssh2\n"
)
"""What a log may begin with: it asks for detectors, a hash and a cipher at once."""


def _ipv4(number: int) -> str:
    return str(ipaddress.IPv4Address(0x0A000000 + number * 7919))


def _ipv6(number: int) -> str:
    return str(ipaddress.IPv6Address((0x20010DB8 << 96) + number * 7919**4))


def _each(make: Callable[[str], object], values: Sequence[str]) -> float:
    """Return microseconds for one value."""

    def work() -> None:
        for value in values:
            make(value)

    return function(work) * 1000 / len(values)


def _by_bit(value: str) -> int:
    """Encrypt an address as the draft writes it."""
    first, second = DeterministicCipher(KEY[:16]), DeterministicCipher(KEY[16:])
    octets = address_octets(value) or bytes(16)
    plain = int.from_bytes(octets, "big")
    start = _BITS - 32 if ":" not in value else 0
    found = 0
    for place in range(start, _BITS):
        block = (plain >> _BITS - place | 1 << place).to_bytes(16, "big")
        one = first.encrypt(block)[-1] ^ second.encrypt(block)[-1]
        found = found << 1 | (plain >> _BITS - 1 - place ^ one) & 1
    return found


def _of_addresses(ipv4: list[str], ipv6: list[str]) -> list[Figure]:
    cipher = PrefixCipher(KEY)

    def whole(value: str) -> object:
        return pseudonym(KEY, "ip", value)

    def prefix(value: str) -> object:
        return pseudonym(KEY, "ip", value, prefix=True)

    def alone(value: str) -> object:
        return cipher.encrypt(address_octets(value) or b"")

    measured = (
        ("IPv4, deterministic", whole, ipv4, BOUND_US, "the bound", 1.0),
        ("IPv6, deterministic", whole, ipv6, BOUND_US, "the bound", 1.0),
        ("IPv4, prefix kept", prefix, ipv4, BOUND_US, "the bound", 1.0),
        ("IPv6, prefix kept", prefix, ipv6, BOUND_US, "the bound", 1.0),
        (
            *("IPv6, ipcrypt-pfx alone", alone, ipv6),
            *(_each(_by_bit, ipv6), "the draft's loop", None),
        ),
    )
    return [
        Figure(what, _each(make, values), "us CPU", floor, name, target=target)
        for what, make, values, floor, name, target in measured
    ]


def figures() -> list[Figure]:
    """Measure stand-ins of each class, and the command."""
    numbers = range(VALUES)
    found = _of_addresses([_ipv4(n) for n in numbers], [_ipv6(n) for n in numbers])
    for identity, values in (
        ("user", [f"user{n}" for n in numbers]),
        ("mail", [f"user{n}@example.net" for n in numbers]),
        ("host", [f"ws{n}.corp.example.net" for n in numbers]),
        ("mac", [f"00:1a:2b:3c:{n >> 8:02x}:{n & 255:02x}" for n in numbers]),
        ("sid", [f"S-1-5-21-1-2-3-{n}" for n in numbers]),
    ):
        cost = _each(lambda value, name=identity: pseudonym(KEY, name, value), values)  # type: ignore[misc]
        found.append(Figure(identity, cost, "us CPU", BOUND_US, "the bound", (), 1.0))
    return found + _command()


def _command() -> list[Figure]:
    """Measure `discreet-agent scrub`: its start, and its memory on many lines."""
    started = median_cost(lambda: _scrubbed(["up\n"]))
    first = median_cost(lambda: _scrubbed([_FIRST]))
    lines = [f"user=user{n % 997} from {_ipv4(n % 4001)}\n" for n in range(_LINES)]
    worked = _scrubbed(lines)
    bound = "the bound"
    return [
        Figure("scrub: start", started.cpu, "ms CPU", START_MS, bound, (), 1.0),
        Figure(
            *("scrub: start, with a line of sshd", first.cpu, "ms CPU"),
            *(started.cpu, "its start"),
        ),
        Figure("scrub: memory", worked.memory, "MiB RSS", MEMORY_MIB, bound, (), 1.0),
    ]


def _scrubbed(lines: Sequence[str]) -> Cost:
    """Run the command on lines."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "lines.log"
        path.write_text("".join(lines))
        command = 'exec "$0" -m agent scrub < "$1"'
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        return program(["/bin/sh", "-c", command, PYTHON, str(path)], environment)


def main() -> None:
    """Print the table and write JSON."""
    publish("Stand-ins", "stand_ins", figures())


if __name__ == "__main__":
    main()
