# SPDX-License-Identifier: Apache-2.0
"""Doors that are broken on purpose, so that one of ours that breaks is sure to show.

Rules: none is of the product, and none is fuzzed but to see that it is found.
Not here: the product's doors (`targets.py`).
"""

import time

from tests.fuzz.targets import Target

MOST = 6_000
"""Of 32 KiB: growth that counts, long before the bound of all memory."""
_hoard: list[bytes] = []


def crashes(octets: bytes) -> None:
    """Break a promise on what is longer than an octet."""
    assert len(octets) < 2


def takes_long(octets: bytes) -> None:
    """Take a processor for longer than an input may."""
    end = time.process_time() + 6 * (len(octets) > 1)
    while time.process_time() < end:
        pass


def hangs(octets: bytes) -> None:
    """Wait without end, and take no processor."""
    while len(octets) > 1:
        time.sleep(1)


def grows(_: bytes) -> None:
    """Keep a little for each input, and let none of it go."""
    if len(_hoard) < MOST:
        _hoard.append(b"x" * 2**15)


PLANTED: dict[str, Target] = {
    "crashes": crashes,
    "takes-long": takes_long,
    "hangs": hangs,
    "grows": grows,
}
