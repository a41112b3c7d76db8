# SPDX-License-Identifier: Apache-2.0
"""Reads a canary machine: every column as it is, and what of it leaves under a policy.

Rules: the real readers, plan and redaction in this process; texts are kept by place.
Not here: sealing and two processes (`tests/privacy/test_canaries.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import policies
from agent.catalogue import declared
from agent.collectors import collectors
from agent.gathering import Gathered, gather
from agent.host.interface import Host
from agent.known import known_of
from agent.plan import Plan, make_plan
from agent.reading import run_reader
from agent.redaction.engine import BoundDataset, Redactor
from agent.redaction.text import Scrubber
from tests.canary_words import Canaries
from tests.host_fixture import RecordingHost
from wire.policy_check import PLACES
from wire.policy_source import compile_policy

NOW = 1_763_950_000
PARTIAL = frozenset({"scrub", "shorten_path"})
"""Transforms that let parts of a text through; its identities must be gone."""
NETWORK = "10.91.173.0/24 via 0e:c4:9a:00:fe:d1"
"""Where the canary machines are."""
_KEPT_WHOLE = ("support", "security")


@dataclass
class Raw:
    """What readers gave.

    Attributes:
        outcomes: how each dataset fared.
        texts: (dataset, column) -> texts of its rows.
        asked: what was asked of the machine.
    """

    outcomes: dict[str, str] = field(default_factory=dict)
    texts: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()


@dataclass
class Left:
    """What a policy lets leave.

    Attributes:
        texts: (purpose, dataset, column) -> texts of its records.
        transforms: (purpose, dataset, column) -> name of the transform.
        rows: (purpose, dataset) -> how many records.
    """

    texts: dict[tuple[str, str, str], set[str]] = field(default_factory=dict)
    transforms: dict[tuple[str, str, str], str] = field(default_factory=dict)
    rows: dict[tuple[str, str], int] = field(default_factory=dict)


def read_raw(host: Host) -> Raw:
    """Read every column of every dataset that this system has a reader for."""
    found, recording = Raw(), RecordingHost(host)
    for name, item in collectors().items():
        if host.system not in item.readers:
            continue
        columns = frozenset(
            column.name
            for column in item.dataset.columns
            if host.system in column.systems
        )
        reading, outcome = run_reader(item, recording, columns, now=NOW)
        found.outcomes[name] = outcome.outcome
        for row in reading.rows:
            for column in row.columns():
                told = found.texts.setdefault((name, column), set())
                told.add(str(row.value(column)))
    found.asked = frozenset(recording.asked)
    return found


def places() -> str:
    """Return the datasets of places for two purposes, as a policy would name them."""
    lines: list[str] = []
    for purpose in ("administration", "security"):
        for name in sorted(PLACES):
            head = f"purpose.{purpose}.dataset.{name}"
            lines += [f"[{head}]", 'retention = "all"', 'every = "1d"']
            lines += [f'only_on_networks = ["{NETWORK}"]', f"[{head}.columns]"]
            for column in declared().datasets[name].columns:
                whole = purpose == "security" and column.sensitivity.value != "F"
                call = "keep" if whole else column.transform
                lines.append(f'"{column.name}" = "{call}"')
    return "\n".join(lines)


def plan_of(policy: str, host: Host) -> Plan:
    """Return the plan of a preset; `full` with the datasets of places besides."""
    source = policies.preset(policy)
    if policy == "full":
        source += places().encode()
    return make_plan(
        compile_policy(source, declared(), policy), declared(), host.system
    )


def read_leaving(host: Host, plan: Plan) -> Left:
    """Read, redact and return what would be sealed."""
    left = Left()
    identities, _ = known_of(host, NOW)
    key = bytes(range(32))
    redactor = Redactor(key, Scrubber(identities, key))
    told = gather(host, plan.datasets, lambda _purpose, _name: None, NOW, Gathered())
    for item, reading, _ in told:
        purpose, name = item.purpose.value, item.dataset.name
        bound = BoundDataset(item.dataset, item.purpose, item.calls)
        records = redactor.redact(bound, reading.rows).records
        left.rows[purpose, name] = len(records)
        for column in item.columns:
            place = purpose, name, column.name
            left.transforms[place] = item.calls[column.name].name
            left.texts[place] = {str(record.value(column.name)) for record in records}
    return left


def wrongly(
    canaries: Canaries, left: Mapping[tuple[str, str, str], set[str]], left_by: Left
) -> list[tuple[str, str, str, str, str]]:
    """Return each canary that may not be where it was found.

    Args:
        canaries: of the machine.
        left: (purpose, dataset, column) -> texts.
        left_by: knows the transforms.
    """
    wrong = []
    for place, texts in left.items():
        transform = left_by.transforms[place]
        _, dataset, column = place
        for canary in canaries.found_in("\n".join(texts).encode()):
            own = f"{dataset}.{column}" in canaries.columns[canary]
            partly = transform in PARTIAL and canary not in canaries.identities
            if not own or not (transform == "keep" or partly):
                wrong.append((*place, transform, canary))
    return wrong
