# SPDX-License-Identifier: Apache-2.0
"""What a person names for `scrub`: files of identities, this machine.

Rules: a wrong file is said in one sentence with the place in it, never with a value.
Not here: keys (`_scrub_key.py`), how identities are looked for (`agent/redaction`).
"""

import os
import stat
from pathlib import Path

from agent.errors import TooLargeError, UsageError
from agent.redaction import bounds
from agent.redaction.identities import Identities

CLASSES = {
    "addresses": "ip",
    "domains": "domain",
    "full_names": "person",
    "hardware_addresses": "mac",
    "home_directories": "home",
    "hostnames": "host",
    "mail_addresses": "mail",
    "networks": "ssid",
    "security_identifiers": "sid",
    "serials": "serial",
    "usernames": "user",
}
"""The lists of an identities file, each with its class."""

_FILE_BYTES = 32 * 1024 * 1024
"""65,536 identities of 256 characters, escaped, have 24 MB at most in practice."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_FORM = 'write {"hostnames": ["..."], "usernames": ["..."]}'


def known_in(path: str, identities: Identities) -> None:
    """Add what an identities file lists.

    Args:
        path: of a JSON object of lists, named as in `CLASSES`.
        identities: takes them.

    Raises:
        UsageError: the file is not of that form, or has too many.
    """
    import json  # noqa: PLC0415 - start-up without --identities

    try:
        found = json.loads(
            read_file(path, "--identities", _FILE_BYTES).decode("utf-8-sig")
        )
    except ValueError as problem:
        where = f" at line {problem.lineno}" if hasattr(problem, "lineno") else ""
        msg = f"--identities: the file is no JSON in UTF-8{where}: {_FORM}"
        raise UsageError(msg) from None
    except RecursionError:
        found = None
    if not isinstance(found, dict):
        msg = f"--identities: the file must hold one JSON object: {_FORM}"
        raise UsageError(msg)
    if not CLASSES.keys() >= found.keys():
        msg = f"--identities: lists are named {', '.join(CLASSES)}"
        raise UsageError(msg)
    for name, values in found.items():
        _add(name, values, identities)


def _add(name: str, values: object, identities: Identities) -> None:
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        msg = f"--identities: {name} must be a list of texts"
        raise UsageError(msg)
    for number, value in enumerate(values, 1):
        if len(value) > bounds.IDENTITY_CHARS:
            msg = (
                f"--identities: number {number} of {name} is too long: "
                f"at most {bounds.IDENTITY_CHARS} characters"
            )
            raise UsageError(msg)
        try:
            identities.add(CLASSES[name], value)
        except TooLargeError:
            msg = f"--identities: at most {bounds.IDENTITIES} names can be looked for"
            raise UsageError(msg) from None


def known_here(identities: Identities) -> None:
    """Add what this machine knows of itself.

    Raises:
        UsageError: it cannot be read whole, so that nothing would be let through.
    """
    import time  # noqa: PLC0415 - start-up without --machine

    from agent.host import this_host  # noqa: PLC0415 - start-up without --machine
    from agent.known import known_of  # noqa: PLC0415 - start-up without --machine

    known, outcomes = known_of(this_host(), time.time())
    if not known.whole:
        sources = ", ".join(item.collector for item in outcomes if item.reason)
        msg = f"--machine: its own names cannot be read whole ({sources}): run as root"
        raise UsageError(msg)
    for identity, value in known:
        identities.add(identity, value)


def read_file(path: str, flag: str, most: int, *, private: bool = False) -> bytes:
    """Return a file's content.

    Args:
        path: of the file.
        flag: that named it, for the message.
        most: bytes.
        private: whether nobody but its owner may have rights to it.

    Raises:
        UsageError: it cannot be read, is too large, or not its owner's alone.
    """
    try:
        with Path(path).open("rb") as file:
            status = os.fstat(file.fileno())
            content = file.read(most + 1)
    except (OSError, ValueError):
        msg = f"{flag}: the file cannot be read"
        raise UsageError(msg) from None
    if private and hasattr(os, "geteuid") and stat.S_IMODE(status.st_mode) & _OTHERS:
        msg = f"{flag}: others can read the file: chmod 600 it first"
        raise UsageError(msg)
    if len(content) > most:
        msg = f"{flag}: the file is too large"
        raise UsageError(msg)
    return content
