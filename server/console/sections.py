# SPDX-License-Identifier: Apache-2.0
"""The parts of a device's page that are read for a purpose, and their tables.

Rules: a part is read whole, as one line of the ledger; what the policy does not give a
purpose is said, and for which purposes it is given.
Not here: reading (`reading.py`), the policy (`server/office/acts/tables.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from server.console.desks import Message

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "inventory": (
        *("devices", "operating_systems", "hardware", "memory_modules"),
        *("storage_devices", "file_systems", "disk_health", "network_interfaces"),
        *("batteries", "peripherals", "printers", "disk_encryption"),
    ),
    "software": ("software", "services", "security_products", "scheduled_tasks"),
    "updates": ("update_status", "patches"),
    "metrics": ("host_metrics",),
    "events": ("event_logs", "crashes", "event_counts", "logins"),
    "outcomes": ("agent_health",),
}
TIMED = frozenset({"metrics", "events", "outcomes"})
"""Parts of which one stretch of time is read; of the others what holds now."""


@dataclass(frozen=True, slots=True)
class Given:
    """A table that the policy gives a purpose.

    Attributes:
        name: of the table.
        title: one line.
        keep: seconds for which it is kept at most, after its key's epoch.
        columns: name > its type and what it is for.
        withheld: names of the columns that are not given.
    """

    name: str
    title: str
    keep: int
    columns: Mapping[str, tuple[str, str]]
    withheld: tuple[str, ...]
    kind: str = ""


Policy = Mapping[str, Mapping[str, Given]]
"""Purpose > table > what is given of it."""


def policy_of(purposes: Iterable[Message]) -> Policy:
    """Return what the office tells of the policy in force."""
    return {
        str(one["purpose"]): {given.name: given for given in _tables(one["tables"])}
        for one in purposes
    }


def _tables(listed: object) -> list[Given]:
    found = listed if isinstance(listed, list) else []
    return [
        Given(
            str(one["table"]),
            str(one["title"]),
            int(one["keep"]),
            {str(k): (str(v[0]), str(v[1])) for k, v in one["columns"].items()},
            tuple(map(str, one["withheld"])),
            str(one["kind"]),
        )
        for one in found
    ]


def offered(policy: Policy, purpose: str) -> dict[str, list[str]]:
    """Return the parts that a purpose gives anything of, each with its tables."""
    given = policy.get(purpose, {})
    parts = {
        part: [name for name in tables if name in given]
        for part, tables in SECTIONS.items()
    }
    return {part: tables for part, tables in parts.items() if tables}


def elsewhere(
    policy: Policy, purpose: str, part: str
) -> Sequence[tuple[str, tuple[str, ...]]]:
    """Return the tables of a part that a purpose does not give, and who is given it."""
    return [
        (name, tuple(one for one in policy if name in policy[one]))
        for name in SECTIONS[part]
        if name not in policy.get(purpose, {})
    ]
