# SPDX-License-Identifier: Apache-2.0
"""What is looked for among envelopes, and in which order it is found.

Rules: None does not narrow.
Not here: looking (`sqlite_found.py`, `postgres/found.py`).
"""

from dataclasses import dataclass

from server.store.interface import Place, StoredEnvelope


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; None does not narrow.

    Attributes:
        between: the first place and the last, in the order of what is found.
    """

    tenant: bytes
    device: bytes | None
    purpose: str | None
    since: int
    until: int | None
    between: tuple[Place, Place] | None = None


def narrowed(search: Search, mark: str = "?") -> tuple[str, list[bytes | str | int]]:
    """Return the condition and the order of a search, and its values.

    Args:
        search: in the rows of a table that is called x.
        mark: stands for a value.
    """
    clauses = [f"x.tenant = {mark}", f"x.created >= {mark}"]
    values: list[bytes | str | int] = [search.tenant, search.since]
    for clause, value in (
        ("x.device =", search.device),
        ("x.purpose =", search.purpose),
        ("x.created <", search.until),
    ):
        if value is not None:
            clauses.append(f"{clause} {mark}")
            values.append(value)
    if search.between is not None:
        for sign, place in zip((">=", "<="), search.between, strict=True):
            clauses.append(f"(x.incarnation, x.sequence) {sign} ({mark}, {mark})")
            values += place
    order = "ORDER BY x.device, x.incarnation, x.sequence"
    return f"{' AND '.join(clauses)} {order}", values


def place_of(found: StoredEnvelope) -> tuple[bytes, bytes, int]:
    """Return by what is sorted: device, incarnation and sequence."""
    return found.device, found.incarnation, found.sequence
