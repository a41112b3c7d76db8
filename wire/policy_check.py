# SPDX-License-Identifier: Apache-2.0
"""What a purpose may take of a column, and why a policy takes it.

Rules: one function says no, for the compiler, the plan and the tests alike; whatever
is not understood is refused.
Not here: what a transform achieves (`wire/transforms`), the TOML form
(`wire/policy_source.py`).
Source: REQUIREMENTS 1.1, 2.2, 2.3, 2.6, P3; DESIGN section 3.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from wire.catalogue import (
    Catalogue,
    Column,
    Dataset,
    Kind,
    Sensitivity,
    ValueType,
)
from wire.errors import TransformError
from wire.networks import known
from wire.policy import Policy, RetentionClass
from wire.purposes import RULES, Purpose
from wire.transforms import check_call
from wire.transforms.call import DROP, Call
from wire.transforms.requirement import required

DAY = 86_400
SIGN_INS = frozenset({"logins", "sessions"})
"""Datasets that show when people work: for security and administration only."""
SIGN_IN_SECONDS = 900
"""Finest time of a sign-in outside security (REQUIREMENTS 2.6)."""
SCANS = frozenset({"discovered_hosts"})
"""Datasets that are found by asking other machines: they also need the word of this
machine's own owner, in `local.toml`."""
PLACES = SCANS | {"link_neighbours", "network_neighbours"}
"""Datasets that tell of the place where a machine is: on named networks only."""
TEXTS = {
    "event_logs": frozenset({"message"}),
    "log_slice": frozenset({"message"}),
    "service_state": frozenset({"message"}),
    "event_templates": frozenset({"template", "template.id"}),
}
"""Datasets of events whose text is read, and its columns: of named events only."""
FULL_NAME = "person"
"""Identity class that is read to be found in texts, and never leaves."""
ADDRESSES = frozenset({"ip", "mac"})
"""Identity classes that only two purposes hold as they are (REQUIREMENTS 2.2, 2.3)."""
WHOLE_ADDRESSES = frozenset({Purpose.SUPPORT, Purpose.SECURITY})

_NO_EVERY = "a diagnostic is read on request only: remove every"
_NO_REQUEST = 'it is read by itself: write how often, every = "6h"'
_NO_DIAGNOSTIC = "a diagnostic answers a ticket: use support"
_NO_ADDRESS = (
    "only support and security hold a whole address: use shorten_address(24,48), "
    "vendor_only, pseudonymise or drop"
)
_NO_NETWORKS = (
    "it tells of a place, and so is read on named networks only: write "
    'only_on_networks = ["10.1.0.0/24 via 00:11:22:33:44:55"]'
)
_NO_EVENTS = (
    "events are read from where the last pass stopped, also those of other places: "
    "remove only_on_networks"
)
_NO_PLACE = "a diagnostic runs where the machine is asked: remove only_on_networks"
_NO_EVENT_NAMES = (
    "the text of events is read of named ones only: write "
    'only_events = ["System/7036", "sshd/*"], or ["*/*"] for all'
)
_NO_CHOICE = "it has no events with a text to choose from: remove only_events"
_NO_GATEWAY = (
    "it asks other machines: name the gateway as well, for many homes have the same "
    'addresses: write "10.1.0.0/24 via 00:11:22:33:44:55"'
)
_NO_FULL_NAME = "a person's name never leaves: use drop"
_NO_LOGS = "administration is inventory and configuration, no logs: use support"
_NO_METRICS = "administration is inventory and configuration: use provision"
_NO_SIGN_INS = "sign-ins are for security and administration only"
_NO_SIGN_IN_USER = "outside security a sign-in names nobody: use pseudonymise or drop"
_NO_SIGN_IN_TIME = (
    f"outside security a sign-in has no exact time: use bucket({SIGN_IN_SECONDS})"
)


def refuse_dataset(purpose: Purpose, dataset: Dataset) -> str | None:
    """Say why a purpose may take nothing of a dataset; None when it may."""
    rule = RULES[purpose]
    if not rule.collects:
        return rule.refusal
    if dataset.kind is Kind.DIAGNOSTIC and purpose is not Purpose.SUPPORT:
        return _NO_DIAGNOSTIC
    if purpose is Purpose.ADMINISTRATION and dataset.kind is Kind.EVENT:
        return _NO_LOGS
    if purpose is Purpose.ADMINISTRATION and dataset.kind is Kind.METRIC:
        return _NO_METRICS
    allowed = (Purpose.SECURITY, Purpose.ADMINISTRATION)
    if dataset.name in SIGN_INS and purpose not in allowed:
        return _NO_SIGN_INS
    return None


def refuse_every(dataset: Dataset, every: int | None) -> str | None:
    """Say why a dataset may not be read so often; None when it may.

    Args:
        dataset: the declared dataset.
        every: seconds between two passes; None for on request only.
    """
    if dataset.kind is Kind.DIAGNOSTIC:
        return None if every is None else _NO_EVERY
    return _NO_REQUEST if every is None else None


def refuse_networks(dataset: Dataset, networks: Sequence[str] | None) -> str | None:
    """Say why a dataset may not be read on these networks; None when it may.

    Args:
        dataset: the declared dataset.
        networks: the only ones it is read on; None for anywhere.
    """
    if networks is None:
        return _NO_NETWORKS if dataset.name in PLACES else None
    if dataset.kind is Kind.EVENT:
        return _NO_EVENTS
    if dataset.kind is Kind.DIAGNOSTIC:
        return _NO_PLACE
    if dataset.name in SCANS and not all(item.gateway for item in known(networks)):
        return _NO_GATEWAY
    return None


def refuse_events(
    dataset: Dataset, columns: Iterable[str], events: Sequence[str] | None
) -> str | None:
    """Say why a dataset may not be read with these events; None when it may.

    Args:
        dataset: the declared dataset.
        columns: names of the columns that leave.
        events: the only events that are read; None for all.
    """
    texts = TEXTS.get(dataset.name)
    if texts is None:
        return None if events is None else _NO_CHOICE
    taken = not texts.isdisjoint(columns)
    return _NO_EVENT_NAMES if events is None and taken else None


def refuse_column(
    purpose: Purpose, dataset: Dataset, column: Column, call: Call
) -> str | None:
    """Say why a purpose may not take a column with a transform; None when it may.

    Args:
        purpose: for what.
        dataset: the declared dataset.
        column: a declared column of it.
        call: the transform, parsed but not yet checked.
    """
    try:
        check_call(call, column)
    except TransformError as error:
        return str(error).removeprefix(f"column {column.name}: ")
    if call == DROP:
        return None
    if column.identity == FULL_NAME:
        return _NO_FULL_NAME
    return (
        refuse_dataset(purpose, dataset)
        or required(column.sensitivity, RULES[purpose], call, column)
        or _refuse_address(purpose, column, call)
        or _refuse_sign_in(purpose, dataset, column, call)
    )


def _refuse_address(purpose: Purpose, column: Column, call: Call) -> str | None:
    """Apply what holds of addresses, also of those that name nobody directly."""
    if column.identity not in ADDRESSES or purpose in WHOLE_ADDRESSES:
        return None
    if not RULES[purpose].identifiers:
        return None  # `required` has asked for more already
    strict = replace(RULES[purpose], raw_identifiers=False)
    enough = required(Sensitivity.DIRECT, strict, call, column) is None
    return None if enough else _NO_ADDRESS


def _refuse_sign_in(
    purpose: Purpose, dataset: Dataset, column: Column, call: Call
) -> str | None:
    """Apply what holds of sign-ins outside security."""
    if dataset.name not in SIGN_INS or purpose is Purpose.SECURITY:
        return None
    strict = replace(RULES[purpose], raw_identifiers=False)
    if required(column.sensitivity, strict, call, column) is not None:
        return _NO_SIGN_IN_USER
    if column.type is ValueType.TIMESTAMP:
        coarse = call.name == "bucket" and call.arguments[0] >= SIGN_IN_SECONDS
        return None if coarse else _NO_SIGN_IN_TIME
    return None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one purpose gets a column.

    Attributes:
        purpose: for what.
        clause: clause of the privacy statement, e.g. "3.6".
        title: the statement's words for the purpose.
        basis: lawful basis or instruction that the policy names.
        transform: what happens to the value before it leaves.
        keep_days: longest age at the collector, in days, rounded up.
        kept: the retention class: why it is kept so long, and who stands for it.
        every: seconds between two passes; None for on request only.
        readers: roles that may open it.
        reason: why the column exists at all, from its declaration.
        networks: the only networks on which it is read; None for anywhere.
        events: the only events that it is read of; None for all.
    """

    purpose: Purpose
    clause: str
    title: str
    basis: str
    transform: str
    keep_days: int
    kept: RetentionClass
    every: int | None
    readers: tuple[str, ...]
    reason: str
    networks: tuple[str, ...] | None = None
    events: tuple[str, ...] | None = None


def explain_column(
    policy: Policy, catalogue: Catalogue, dataset: str, column: str
) -> list[Explanation]:
    """Return every reason for which a policy takes a column; none: it is not taken.

    Args:
        policy: the effective policy, after all narrowing.
        catalogue: what is declared.
        dataset: name of the dataset.
        column: name of the column; one that is not declared is never taken.
    """
    table = catalogue.datasets.get(dataset)
    declared = table.column(column) if table is not None else None
    if declared is None:
        return []
    found: list[Explanation] = []
    for rules in policy.purposes:
        about = RULES[rules.purpose]
        for item in rules.datasets:
            kept = rules.kept(item.retention)
            if item.dataset != dataset or kept is None:
                continue
            found += [
                Explanation(
                    rules.purpose,
                    about.clause,
                    about.title,
                    rules.basis,
                    taken.transform,
                    -(-kept.maximum_age // DAY),
                    kept,
                    item.every,
                    rules.readers,
                    declared.reason,
                    item.networks,
                    item.events,
                )
                for taken in item.columns
                if taken.column == column and taken.transform != DROP.name
            ]
    return found
