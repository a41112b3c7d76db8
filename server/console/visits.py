# SPDX-License-Identifier: Apache-2.0
"""The console's log of requests: what is asked for, without who.

Rules: an address is cut to its network before it is written, and left out where the
browser asks for privacy; no person, browser, query, referrer or value stands in a line,
and of a page its route alone; a day's file is deleted before any line of it is older
than a fortnight.
Not here: what people did (the ledger).
Source: privacy statement, 2.6 and 2.10.
"""

import datetime as dt
import ipaddress
import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path

from server.key_files import mode_of_new
from server.visit_days import STEM, days

_IPV4_BITS, _IPV6_BITS = 24, 48


@dataclass(frozen=True, slots=True)
class Visit:
    """One request.

    Attributes:
        method: of HTTP.
        route: as the console declares it; empty for none.
        status: of the answer.
        address: it came from; empty for who asked for privacy.
    """

    method: str
    route: str
    status: int
    address: str


class Visits:
    """The files of one console; any thread may use it."""

    def __init__(self, directory: Path) -> None:
        """Take the directory, which exists."""
        self._directory = directory
        self._lock = threading.Lock()

    def note(self, visit: Visit, now: int) -> None:
        """Write a request down.

        Raises:
            OSError: the disk refuses.
        """
        line = {
            "time": now - now % 60,
            "method": visit.method,
            "route": visit.route,
            "status": visit.status,
            "network": network_of(visit.address),
        }
        path = self._directory / f"{STEM}{_day(now)}.jsonl"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        with (
            self._lock,
            os.fdopen(
                os.open(path, flags, mode_of_new(path)), "a", encoding="ascii"
            ) as file,
        ):
            file.write(json.dumps(line) + "\n")

    def forget(self, now: int) -> int:
        """Delete the days that began a fortnight ago; returns how many that were."""
        old = [day for day, end in days(self._directory) if end <= now]
        for day in old:
            (self._directory / f"{STEM}{day}.jsonl").unlink(missing_ok=True)
        return len(old)


def network_of(address: str) -> str:
    """Return the network that an address is in; empty for what is none."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    found = mapped or found
    bits = _IPV4_BITS if found.version == 4 else _IPV6_BITS  # noqa: PLR2004 - IPv4
    return str(ipaddress.ip_network((found, bits), strict=False))


def _day(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).date().isoformat()
