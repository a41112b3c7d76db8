# SPDX-License-Identifier: Apache-2.0
"""How commands read what a person typed.

Rules: a wrong flag is one sentence and exit code 2, like every other mistake; a file
is read under a bound.
Not here: the settings file (`server/configuration.py`).
"""

import argparse
import re
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from server.errors import UsageError
from wire.limits import KIB, MIB

if TYPE_CHECKING:
    from wire.policy import Policy

    Subparsers = argparse._SubParsersAction["Parser"]  # noqa: SLF001 - has no other name

PORT_MAXIMUM = 65_535
ENTRY_MAXIMUM = 2**63 - 1
"""The largest number that a database can compare with."""
_BYTES = {"KiB": KIB, "MiB": MIB, "GiB": 1_024 * MIB, "TiB": 1_024 * 1_024 * MIB}
_SIZE = re.compile(r"([1-9][0-9]{0,8})([KMGT]iB)\Z")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_KEY = re.compile(r"[0-9a-fA-F]{64}\Z", re.ASCII)
_DURATION = re.compile(r"([1-9][0-9]{0,8})([smhd])\Z")


class Parser(ArgumentParser):
    """An argument parser whose mistakes end like all others: in one sentence."""

    def error(self, message: str) -> NoReturn:
        """Refuse what was typed.

        Raises:
            UsageError: always.
        """
        msg = f"{message}; {self.prog} --help shows how"
        raise UsageError(msg)


def duration(text: str) -> int:
    """Return the seconds of "15m", "6h" or "30d".

    Raises:
        ArgumentTypeError: it is something else.
    """
    match = _DURATION.match(text)
    if match is None:
        msg = 'a time is written like "15m", "6h" or "30d"'
        raise argparse.ArgumentTypeError(msg)
    return int(match[1]) * _SECONDS[match[2]]


def moment(text: str) -> int:
    """Return the second of a time such as "2026-11-29T08:30:00Z".

    Raises:
        ArgumentTypeError: it is no time, or has no zone.
    """
    import datetime as dt  # noqa: PLC0415 - only for this

    msg = 'a time is written with its zone, like "2026-11-29T08:30:00Z"'
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(msg) from None
    if found.tzinfo is None:
        raise argparse.ArgumentTypeError(msg)
    return int(found.timestamp())


def size(text: str) -> int:
    """Return the bytes of "512KiB", "320MiB", "20GiB" or "1TiB".

    Raises:
        ArgumentTypeError: it is something else.
    """
    match = _SIZE.match(text)
    if match is None:
        msg = 'a size is written like "512KiB", "320MiB", "20GiB" or "1TiB"'
        raise argparse.ArgumentTypeError(msg)
    return int(match[1]) * _BYTES[match[2]]


def port(text: str) -> int:
    """Return a port; 0 takes any that is free.

    Raises:
        ArgumentTypeError: it is something else.
    """
    return _number(text, PORT_MAXIMUM, "a port")


def entry_number(text: str) -> int:
    """Return the number of a ledger entry, or 0.

    Raises:
        ArgumentTypeError: it is something else.
    """
    return _number(text, ENTRY_MAXIMUM, "an entry's number")


def public_key(text: str) -> bytes:
    """Return a public key of 64 hexadecimal digits.

    Raises:
        ArgumentTypeError: it is something else.
    """
    if not _KEY.match(text):
        msg = "a public key is 64 hexadecimal digits"
        raise argparse.ArgumentTypeError(msg)
    return bytes.fromhex(text)


def digest(text: str) -> bytes:
    """Return a root digest of 64 hexadecimal digits.

    Raises:
        ArgumentTypeError: it is something else.
    """
    if not _KEY.match(text):
        msg = "a digest is 64 hexadecimal digits, as root show prints it"
        raise argparse.ArgumentTypeError(msg)
    return bytes.fromhex(text)


def _number(text: str, most: int, what: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > most:
        msg = f"{what} is 0 to {most}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def policy_source(name: str) -> bytes:
    """Return the TOML of a file, of standard input ("-") or of a preset.

    Raises:
        UsageError: there is no such file, or it is far too large.
    """
    from policies import PRESETS, preset  # noqa: PLC0415 - heavy

    if name in PRESETS and not Path(name).exists():
        return preset(name)
    return file_source(name, f"a policy file or one of {', '.join(PRESETS)}")


def file_source(name: str, wanted: str) -> bytes:
    """Return what people wrote into a file or standard input ("-"), under a bound.

    Args:
        name: of the file.
        wanted: what to give instead of one that cannot be read.

    Raises:
        UsageError: there is no such file.
    """
    from wire import limits  # noqa: PLC0415 - heavy

    try:
        if name == "-":
            return sys.stdin.buffer.read(limits.POLICY_SOURCE_BYTES + 1)
        with Path(name).open("rb") as file:
            return file.read(limits.POLICY_SOURCE_BYTES + 1)
    except OSError as error:
        msg = f"cannot read {name}: {error.strerror}; give {wanted}"
        raise UsageError(msg) from None


def compiled(name: str, now: int) -> "Policy":
    """Return the compiled policy of a file or preset.

    Raises:
        UsageError: it cannot be read.
        PolicySourceError: it does not compile.
    """
    return compiled_source(policy_source(name), name, now)


def compiled_source(source: bytes, name: str, now: int) -> "Policy":
    """Return the compiled policy of a source that was read.

    Raises:
        PolicySourceError: it does not compile; the error has the name.
    """
    import datetime as dt  # noqa: PLC0415 - with the next two, only for this

    from policies import catalogue  # noqa: PLC0415 - heavy
    from wire.policy_source import compile_policy  # noqa: PLC0415 - heavy

    today = dt.datetime.fromtimestamp(now, dt.UTC).date()
    return compile_policy(source, catalogue(), name, today)
