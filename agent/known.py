# SPDX-License-Identifier: Apache-2.0
"""Gathers what this machine knows of itself for the scrubber's dictionary.

Rules: these rows are never sealed; they only make more disappear; a source that cannot
be read, or not to its end, is an outcome and has every text withheld.
Not here: the dictionary itself (`redaction/identities.py`).
"""

from agent.collectors import collector
from agent.errors import TooLargeError
from agent.host.interface import Host
from agent.outcome import NONE_FOUND, OK, Outcome
from agent.reading import run_reader
from agent.redaction.identities import Identities
from agent.rows import Reading
from wire.catalogue import Dataset
from wire.policy_check import FULL_NAME

_SOURCES = {
    "user_accounts": frozenset({"user.name", "user.full_name", "home", "type"}),
    "devices": frozenset({"host.name", "domain", "host.id"}),
    "network_interfaces": frozenset({"host.ip", "host.mac"}),
}

_PERSONAL = frozenset({FULL_NAME, "home"})
"""What a service's account says of itself is no person's."""


def known_of(host: Host, now: float) -> tuple[Identities, list[Outcome]]:
    """Return the dictionary of this machine and how its sources fared.

    Args:
        host: the machine.
        now: signed time, seconds since the epoch.
    """
    identities = Identities()
    outcomes: list[Outcome] = []
    for name, columns in _SOURCES.items():
        source = collector(name)
        reading, outcome = run_reader(source, host, columns, now=now)
        outcomes.append(outcome)
        if outcome.outcome not in {OK, NONE_FOUND} or outcome.truncated:
            identities.lack()
        try:
            _learn(identities, source.dataset, reading)
        except TooLargeError:
            identities.lack()
    return identities, outcomes


def _learn(identities: Identities, dataset: Dataset, reading: Reading) -> None:
    for row in reading.rows:
        service = row.value("type") == "system"
        for column in dataset.columns:
            value = row.value(column.name)
            if service and column.identity in _PERSONAL:
                continue  # "PostgreSQL administrator" is nobody's name
            if column.identity and isinstance(value, str):
                identities.add(column.identity, value)
