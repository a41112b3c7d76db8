# SPDX-License-Identifier: Apache-2.0
"""Formats that can be sent as they are made: to which port, and how.

Rules: rows go out as they come, so no file of them is left here.
Not here: the connection (`sending.py`), whether it may be (`server/commands`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from server.formats import otlp, otlp_logs, otlp_metrics, posting, sending, syslog
from server.formats.tables import About, Table

OTLP = {
    otlp_logs.NAME: (otlp_logs.PATH, otlp_logs.requests),
    otlp_metrics.NAME: (otlp_metrics.PATH, otlp_metrics.requests),
}
"""The formats that are posted: to which path, and what makes their requests."""
PORTS = {syslog.NAME: 6_514, **dict.fromkeys(OTLP, 4_318)}
"""Where receivers of a format listen: RFC 5425's port, and that of OTLP/HTTP."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of the rows.

    Attributes:
        count: how many rows or points were sent.
        refused: how many of them the receiver says that it did not take.
    """

    count: int
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Prepared:
    """Rows of one table as they will be sent.

    Attributes:
        bodies: lines of syslog, or requests of OTLP; each with how many rows or points
            are in it.
        path: where requests are posted; None for lines.
    """

    bodies: tuple[tuple[bytes, int], ...]
    path: str | None

    @property
    def octets(self) -> int:
        """Return how many octets of rows will be sent."""
        return sum(len(octets) for octets, _ in self.bodies)

    @property
    def count(self) -> int:
        """Return how many rows or points they are."""
        return sum(count for _, count in self.bodies)


def prepared(form: str, table: Table, about: About) -> Prepared:
    """Return what will be sent of a table, so that it can be counted before.

    Args:
        form: a format of PORTS.
        table: gone through once.
        about: what its rows are.
    """
    if form not in OTLP:
        lines = map(syslog.line, syslog.messages([table], about))
        return Prepared(tuple((line, 1) for line in lines), None)
    path, requests = OTLP[form]
    found = tuple((one.octets, one.count) for one in requests([table], about))
    return Prepared(found, path)


def send(parts: Iterable[Prepared], where: sending.Target) -> int:
    """Send what was prepared; returns how many the receiver says it did not take.

    Args:
        parts: of one format.
        where: the receiver.

    Raises:
        UnreachableError: it cannot be reached, or does not take them.
        TrustError: it does not prove its name.
    """
    refused = 0
    lines: list[bytes] = []
    for part in parts:
        bodies = [octets for octets, _ in part.bodies]
        if part.path is None:
            lines += bodies
        else:
            refused += sum(map(otlp.refused, posting.post(where, part.path, bodies)))
    if lines:
        sending.send_syslog(where, lines)
    return refused


def push(
    form: str, tables: Iterable[Table], about: About, where: sending.Target
) -> Sent:
    """Send tables in a format of PORTS.

    Args:
        form: the format's name.
        tables: in turn.
        about: what they are.
        where: the receiver.

    Raises:
        UnreachableError: it cannot be reached, or does not take them.
        TrustError: it does not prove its name.
    """
    if form not in OTLP:
        lines = map(syslog.line, syslog.messages(tables, about))
        return Sent(sending.send_syslog(where, lines))
    path, requests = OTLP[form]
    counts: list[int] = []

    def bodies() -> Iterable[bytes]:
        for request in requests(tables, about):
            counts.append(request.count)
            yield request.octets

    refused = sum(map(otlp.refused, posting.post(where, path, bodies())))
    return Sent(sum(counts), refused)
