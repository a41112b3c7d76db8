# SPDX-License-Identifier: Apache-2.0
"""After an incident: what a key, a device or a person touched.

Rules: nothing that touched is left out: a line that does not say what it opened, of an
earlier release or because there were too many devices, counts as all that it may have;
a line whose words have ended is told by its number; which columns a reading opened is
told by the version of the policy that it names; what a case gave away was touched by
each person who had a part in the case.
Not here: what is written down (`server/reader/entries.py`), showing the answer
(`server/commands/incident.py`). What a job opened for nobody to see is no touch.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from server.ledger import Act
from server.store.interface import Store
from wire.cbor import Plain
from wire.keys import PurposeKey
from wire.policy import DatasetRule, PolicyStatement, PurposeRules
from wire.purposes import Purpose

TOUCHING = frozenset(
    {
        "opened",
        "accounted",
        "order-sent",
        "disclosed",
        "disclosure-counted",
        "hold-extracted",
        "release-made",
        "release-pushed",
        "resolution-made",
        "release-fetched",
        "resolution-opened",
        "resolution-fetched",
        "share-opened",
        "subject-exported",
        "subject-found",
        "transfer-opened",
    }
)
"""Acts by which somebody saw or got something of a device."""
SCOPED = frozenset({"share-opened"})
"""Acts whose devices are those of a scope, which names none for all of them."""
_DROP = "drop"
_DIAGNOSTICS = Purpose.SUPPORT.value
"""Under which what a technician asked of a device is sealed."""
Body = Mapping[int | str, Plain]
Columns = dict[str, set[str]]
Spans = dict[str, tuple[int, int]]
"""Purpose > first second and first second after, of epochs."""


@dataclass(frozen=True, slots=True)
class Question:
    """What an incident is about: one of key, device and person, since a time.

    Attributes:
        key: 16 bytes, or None.
        device: 16 bytes, or None.
        person: a user's name, or None.
        since: seconds since the epoch.
    """

    key: bytes | None = None
    device: bytes | None = None
    person: str | None = None
    since: int = 0


@dataclass(slots=True)
class Touched:
    """What was touched.

    Attributes:
        acts: the lines of the ledger, oldest first.
        subjects: devices of which something was opened or given away.
        every: a line stands for all devices that there were.
        columns: by dataset.
        recipients: who got something.
        releases: what was given away, 16 bytes each.
        untold: numbers of lines whose words have ended.
        stand_ins: by purpose, of which time the device's own keys make stand-ins; of a
            device alone.
    """

    acts: list[Act] = field(default_factory=list)
    subjects: set[bytes] = field(default_factory=set)
    every: bool = False
    columns: Columns = field(default_factory=dict)
    recipients: set[str] = field(default_factory=set)
    releases: set[bytes] = field(default_factory=set)
    untold: list[int] = field(default_factory=list)
    stand_ins: Spans = field(default_factory=dict)


def touched(
    entries: Iterable[Act], policies: Sequence[PolicyStatement], question: Question
) -> Touched:
    """Return what the ledger says was touched.

    Args:
        entries: of the ledger.
        policies: all that were published, oldest first.
        question: by what, and since when.
    """
    found, lines = Touched(), list(entries)
    parts = _Parts(lines, question.person)
    for entry in lines:
        if entry.act not in TOUCHING or entry.time < question.since:
            continue
        if entry.body is None:
            found.untold.append(entry.index)
            continue
        body = parts.told_of(entry, entry.body)
        if (
            parts.has(body)
            if question.person is not None
            else _concerns(body, question)
        ):
            found.acts.append(entry)
            _add(found, entry, body, policies, question)
    return found


class _Parts:
    """What lines say of each other: a person's cases and releases, a case's tables."""

    def __init__(self, lines: Sequence[Act], person: str | None) -> None:
        """Read all lines once."""
        self._person = person
        self._numbers: set[Plain] = set()
        self._datasets: dict[Plain, list[Plain]] = {}
        for body in (line.body for line in lines if line.body is not None):
            case, datasets = body.get("case"), body.get("datasets")
            if case is not None and isinstance(datasets, list):
                self._datasets.setdefault(case, []).extend(datasets)
            if person is not None and person in _people(body):
                self._numbers |= {body.get("case"), body.get("release")} - {None}

    def has(self, body: Body) -> bool:
        """Tell whether the person did this, or had a part in its case or release."""
        if self._person in _people(body):
            return True
        return not self._numbers.isdisjoint((body.get("case"), body.get("release")))

    def told_of(self, entry: Act, body: Body) -> Body:
        """Return a line's body with what other lines of its case say of it."""
        told = dict(body)
        if "diagnostic" in told:  # its rows are a dataset of its name
            told |= {"datasets": [told["diagnostic"]], "purpose": _DIAGNOSTICS}
        if entry.act in SCOPED and not told.get("devices"):
            told.pop("devices", None)
        if "datasets" not in told and body.get("case") in self._datasets:
            told["datasets"] = self._datasets[body.get("case")]
        return told


def _people(body: Body) -> tuple[Plain, ...]:
    """Return who did what a line says, and who signed it."""
    signed = body.get("technicians")
    return (
        body.get("user"),
        body.get("by"),
        *(signed if isinstance(signed, list) else ()),
    )


def sealed_to(store: Store, tenant: bytes, key: PurposeKey) -> set[bytes]:
    """Return the devices of which the store has something that a key opens.

    Args:
        store: the sealed store; no octets are read.
        tenant: 16 bytes.
        key: the key.
    """
    stored = store.envelopes(tenant, purpose=key.purpose.value, bare=lambda _: True)
    return {one.device for one in stored if one.key_id == key.id}


def sealed_columns(policies: Sequence[PolicyStatement], key: PurposeKey) -> Columns:
    """Return the columns that may be sealed to a key.

    A device that was away seals by an older policy: each counts that was valid in the
    key's epoch.

    Args:
        policies: all that were published.
        key: the key.
    """
    found: Columns = {}
    for statement in policies:
        rules = statement.policy.rules(key.purpose)
        if (
            rules is not None
            and statement.issued < key.end
            and statement.not_after > key.start
        ):
            for rule in rules.datasets:
                if rule.retention == key.retention:
                    found.setdefault(rule.dataset, set()).update(_kept(rule))
    return found


def stand_ins(keys: Iterable[PurposeKey], enrolled: int) -> Spans:
    """Return of which purposes and time a device's own keys make stand-ins.

    Every device gets them for all purposes of the policy and for the epochs since it
    enrolled: whoever has them knows which stand-in a name that they know has.

    Args:
        keys: all purpose keys that were published.
        enrolled: when the device was, in seconds since the epoch.
    """
    found: Spans = {}
    for key in keys:
        if key.end > enrolled:
            start, end = found.get(key.purpose.value, (key.start, key.end))
            found[key.purpose.value] = min(start, key.start), max(end, key.end)
    return found


def _concerns(body: Body, question: Question) -> bool:
    if question.device is not None:
        return _may_have(body, "devices", question.device) or (
            body.get("device") == question.device
        )
    return _may_have(body, "keys", question.key)


def _may_have(body: Body, name: str, number: bytes | None) -> bool:
    """Tell whether a line names a number, or stands for all that there were."""
    named = body.get(name)
    if isinstance(named, list):
        return number in named
    return name != "devices" or "device" not in body


def _add(
    found: Touched,
    entry: Act,
    body: Body,
    policies: Sequence[PolicyStatement],
    question: Question,
) -> None:
    """Put what one line says into what was found."""
    named, device = body.get("devices"), body.get("device")
    if question.device is not None:
        found.subjects.add(question.device)
    elif isinstance(named, list):
        found.subjects |= {one for one in named if isinstance(one, bytes)}
    elif isinstance(device, bytes):
        found.subjects.add(device)
    else:
        found.every = True
    for dataset, columns in _opened_columns(entry, body, policies):
        found.columns.setdefault(dataset, set()).update(columns)
    recipient, release = body.get("recipient"), body.get("release")
    if isinstance(recipient, str):
        found.recipients.add(recipient)
    if isinstance(release, bytes):
        found.releases.add(release)


def _opened_columns(
    entry: Act, body: Body, policies: Sequence[PolicyStatement]
) -> Iterator[tuple[str, set[str]]]:
    """Yield the columns of each dataset that a line opened."""
    named = body.get("columns")
    told = {
        str(dataset): {str(column) for column in columns}
        for dataset, columns in (named.items() if isinstance(named, dict) else ())
        if isinstance(columns, list)
    }
    yield from told.items()
    datasets = body.get("datasets")
    if not isinstance(datasets, list) or not set(datasets) - told.keys():
        return
    for rules in _rules(entry, body, policies):
        for dataset, columns in _columns(rules):
            if dataset in datasets and dataset not in told:
                yield dataset, columns


def _rules(
    entry: Act, body: Body, policies: Sequence[PolicyStatement]
) -> Iterator[PurposeRules]:
    """Yield the rules that a line was under: of its version, or of its time.

    A line that names no purpose was under those of all.
    """
    version, before = body.get("policy"), None
    for statement in policies:
        if statement.version == version:
            before = statement
            break
        if not version and statement.issued <= entry.time:
            before = statement
    named = body.get("purpose")
    for rules in before.policy.purposes if before is not None else ():
        if named is None or rules.purpose.value == named:
            yield rules


def _columns(rules: PurposeRules) -> Iterator[tuple[str, set[str]]]:
    for rule in rules.datasets:
        yield rule.dataset, _kept(rule)


def _kept(rule: DatasetRule) -> set[str]:
    return {one.column for one in rule.columns if one.transform != _DROP}
