# SPDX-License-Identifier: Apache-2.0
"""Gathers what this machine knows of itself for the scrubber's dictionary.

Rules: these rows are never sealed; they only make more disappear; a source that cannot
be read, or not to its end, is an outcome and has every text withheld.
Not here: the dictionary itself (`redaction/identities.py`).
"""

from agent.collectors import collector
from agent.errors import TooLargeError
from agent.governor.intents import UNWATCHED, Watch
from agent.host.interface import Host
from agent.outcome import (
    DENIED,
    KILLED_THE_AGENT,
    NONE_FOUND,
    OK,
    STRUCK_OUT,
    UNSUPPORTED,
    Outcome,
)
from agent.reading import run_reader
from agent.redaction.identities import Identities
from agent.rows import Reading
from wire.catalogue import Dataset, System
from wire.policy_check import FULL_NAME

_SOURCES = {
    "user_accounts": frozenset({"user.name", "user.full_name", "home", "type"}),
    "devices": frozenset({"host.name", "domain", "host.id"}),
    "network_interfaces": frozenset({"host.ip", "host.mac"}),
    "wireless_networks": frozenset({"ssid"}),
}

_OPTIONAL = frozenset({"wireless_networks"})
_UNTOLD = frozenset({UNSUPPORTED, DENIED})
"""How a machine without wireless answers, and one whose owner lets no program know its
place: its name is then not known here, and texts still leave."""

_PERSONAL = frozenset({FULL_NAME, "home"})
"""What a service's account says of itself is no person's."""


def known_of(
    host: Host, now: float, watch: Watch = UNWATCHED
) -> tuple[Identities, list[Outcome]]:
    """Return the dictionary of this machine and how its sources fared.

    Args:
        host: the machine.
        now: signed time, seconds since the epoch.
        watch: writes down what is read; what is struck out is not known.
    """
    identities = Identities()
    outcomes: list[Outcome] = []
    for name, columns in _SOURCES.items():
        source = collector(name)
        offered = _offered(source.dataset, columns, host.system)
        if not offered:
            continue
        if name in watch.struck:
            outcomes.append(Outcome(name, STRUCK_OUT, KILLED_THE_AGENT))
            identities.lack()
            continue
        with watch.over(name):
            reading, outcome = run_reader(source, host, offered, now=now)
        outcomes.append(outcome)
        untold = name in _OPTIONAL and outcome.outcome in _UNTOLD
        known = untold or outcome.outcome in {OK, NONE_FOUND}
        if not known or outcome.truncated:
            identities.lack()
        try:
            _learn(identities, source.dataset, reading)
        except TooLargeError:
            identities.lack()
    return identities, outcomes


def _offered(
    dataset: Dataset, columns: frozenset[str], system: System
) -> frozenset[str]:
    """Return the columns that this operating system can fill."""
    return frozenset(
        item.name
        for item in dataset.columns
        if item.name in columns and system in item.systems
    )


def _learn(identities: Identities, dataset: Dataset, reading: Reading) -> None:
    for row in reading.rows:
        service = row.value("type") == "system"
        for column in dataset.columns:
            value = row.value(column.name)
            if service and column.identity in _PERSONAL:
                continue  # "PostgreSQL administrator" is nobody's name
            if column.identity and isinstance(value, str):
                identities.add(column.identity, value)
