# SPDX-License-Identifier: Apache-2.0
"""Finds the rows of a person or a device by an identifier: no reverse table is kept.

Rules: stand-ins are made again under each pseudonym key that still lives, whole and in
parts, with and without a prefix; texts are searched for them, and identity columns for
the value itself, where a purpose has it; spellings that name the same thing find the
same rows; an account that is named without its domain is found in every domain; a
column that a transform blunted cannot be searched, and is named.
Not here: opening (`opening.py`), what is done with the rows (`server/keeper/rights`).
Source: docs/adr/0027-rights-of-a-person.md.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from server.errors import UsageError
from wire.body import OpenTable, values_of
from wire.catalogue import Catalogue, Column, Dataset, Sensitivity, ValueType
from wire.keys import PseudonymKey
from wire.policy import Policy
from wire.pseudonyms import pseudonym
from wire.purposes import Purpose
from wire.spellings import Named, named
from wire.stand_ins import PREFIXED
from wire.transforms.call import parse_call

DEVICE = "device"
"""A subject that is an enrolled device: all of its rows are the subject's."""
CLASSES = {
    "domain": "domain",
    "host": "host",
    "ip": "ip",
    "mac": "mac",
    "machine-id": "device",
    "mail": "mail",
    "person": "person",
    "serial": "serial",
    "sid": "sid",
    "ssid": "ssid",
    "user": "user",
    DEVICE: DEVICE,
}
"""What a subject is named by > the identity class of columns."""
_AS = {"sid": ("sid", "user")}
"""Classes as which a subject stands in columns, where it is more than one."""
_NAMES = frozenset({"domain", "fqdn", "host"})
_ACCOUNTS = frozenset({"mail", "user"})
_OF_PEOPLE = _ACCOUNTS | {"home", "path", "person", "sid"}
"""Classes of columns that may name a person."""
_OTHER_WORDS = {"user": "account", "host": "machine"}
"""In a text, the word of an account that is named like its class."""
_SEARCHED = frozenset({"drop", "keep", "pseudonymise", "pseudonymise_prefix"})
_SEARCHED_TEXTS = frozenset({"drop", "scrub", "scrub_prefix"})
_SOMEBODY = "x@"
"""An account whose domain is the name."""


class PseudonymSource(Protocol):
    """What finding needs of a keyring."""

    def pseudonym_keys(
        self, tenant: bytes, purposes: Sequence[Purpose], now: int
    ) -> list[PseudonymKey]:
        """Return the keys of purposes whose epoch has not ended."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom or what a right is about.

    Attributes:
        kind: one of `CLASSES`.
        value: the identifier as people write it; of a device its id, in digits.
    """

    kind: str
    value: str = field(repr=False)

    @property
    def device(self) -> bytes | None:
        """Return the id of an enrolled device; None for all other subjects."""
        return bytes.fromhex(self.value) if self.kind == DEVICE else None


def check_subject(subject: Subject) -> None:
    """Refuse what nobody can be found by.

    Raises:
        UsageError: the class is not known, or the value is none of it.
    """
    if subject.kind not in CLASSES:
        msg = f"the class is one of {', '.join(CLASSES)}"
        raise UsageError(msg)
    try:
        empty = not subject.value.strip() or subject.device == b""
    except ValueError:
        empty = True
    found = named(CLASSES[subject.kind], subject.value)
    if empty or (subject.kind == "ip" and found.address is None):
        msg = f"the value is no {subject.kind} that could be found"
        raise UsageError(msg)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What stands for a subject in the data of one purpose.

    Attributes:
        names: the subject, in its one spelling of each class; none for a device.
        stand_ins: all of them, in UTF-8.
        pattern: finds one of them where it is not a piece of another word.
    """

    names: tuple[Named, ...] = field(repr=False)
    stand_ins: tuple[bytes, ...] = field(repr=False)
    pattern: re.Pattern[str] | None = field(repr=False)


def tokens(
    keyring: PseudonymSource, tenant: bytes, purpose: Purpose, subject: Subject
) -> Tokens:
    """Return what stands for a subject in the data of a purpose.

    Args:
        keyring: has the pseudonym keys.
        tenant: 16 bytes.
        purpose: of the data.
        subject: checked.
    """
    if subject.device is not None:
        return Tokens((), (), None)
    classes, found = _AS.get(subject.kind, (CLASSES[subject.kind],)), set[str]()
    for key in keyring.pseudonym_keys(tenant, [purpose], 0):  # of ended epochs too
        for identity in classes:
            found |= set(_stand_ins(key.key, identity, subject.value))
    words = sorted(found)
    pattern = "|".join(map(re.escape, words))
    return Tokens(
        tuple(named(identity, subject.value) for identity in classes),
        tuple(word.encode() for word in words),
        re.compile(rf"(?<![a-z0-9_])(?:{pattern})(?![a-z0-9])") if words else None,
    )


def _stand_ins(key: bytes, identity: str, value: str) -> Iterable[str]:
    """Yield a value's stand-ins under one key, as columns and as texts have them."""
    classes = [identity]
    if value.strip().lower() == identity and identity in _OTHER_WORDS:
        classes.append(_OTHER_WORDS[identity])
    for word in classes:
        for prefix in (False, True) if word in PREFIXED else (False,):
            shown = pseudonym(key, word, value, prefix=prefix)
            yield shown
            for joint in "@+":
                yield shown.replace(f"{joint}domain_", f">{joint}<domain_")
    if identity in _NAMES:
        whole = named(identity, value)
        yield pseudonym(key, "user", _SOMEBODY + _whole(whole)).partition("@")[2]
        if not whole.domain:
            letters = pseudonym(key, identity, value).partition("_")[2]
            yield from (f"{word}_{letters}" for word in sorted(_NAMES))


def rows(table: OpenTable, dataset: Dataset, wanted: Tokens) -> list[int]:
    """Return the rows of a table that are a subject's, in order.

    Args:
        table: as opened; of a device subject, one of that device.
        dataset: its declaration.
        wanted: from `tokens`, of the purpose that the table is of.

    Raises:
        BodyError: a column is malformed.
    """
    if not wanted.names:
        return [*range(table.rows)]
    found: set[int] = set()
    for column in table.columns:
        declared = dataset.column(column.name)
        if declared is None or column.type is not ValueType.TEXT:
            continue
        whole = declared.identity and any(
            _comparable(declared.identity, name) for name in wanted.names
        )
        data = bytes(column.data)
        if not whole and not any(word in data for word in wanted.stand_ins):
            continue
        known: dict[str, bool] = {}
        for row, cell in enumerate(values_of(column, table.rows)):
            if not isinstance(cell, str) or not cell:
                continue
            if cell not in known:
                known[cell] = _is_in(cell, declared, wanted)
            if known[cell]:
                found.add(row)
    return sorted(found)


def _is_in(cell: str, column: Column, wanted: Tokens) -> bool:
    """Tell whether a cell names the subject, by a stand-in or as it is."""
    if wanted.pattern is not None and wanted.pattern.search(cell):
        return True
    if not column.identity:
        return False
    found = named(column.identity, cell)
    return any(_same(name, found) for name in wanted.names)


def _comparable(identity: str, wanted: Named) -> bool:
    """Tell whether a column of a class can hold the value itself."""
    kin = {_kin(identity), *(("name",) if _kin(identity) == "account" else ())}
    return _kin(wanted.identity) in kin or (
        wanted.address is not None and identity in _NAMES
    )


def _kin(identity: str) -> str:
    if identity in _NAMES:
        return "name"
    return "account" if identity in _ACCOUNTS else identity


def _same(wanted: Named, found: Named) -> bool:
    """Tell whether a cell names the subject, or an account or machine in it."""
    if wanted.address is not None:
        return wanted.address == found.address
    if _kin(wanted.identity) == "name" and found.domain:
        if found.domain == _whole(wanted):
            return True
        if _kin(found.identity) == "account":
            return False
    if _kin(wanted.identity) != _kin(found.identity) or wanted.text != found.text:
        return False
    if wanted.account and wanted.account != found.account:
        return False
    return not wanted.domain or wanted.domain == found.domain


def _whole(name: Named) -> str:
    """Return a machine's whole name."""
    return f"{name.text}.{name.domain}" if name.domain else name.text


@dataclass(frozen=True, slots=True)
class Blind:
    """A column that may hold a subject and cannot be searched for it.

    Attributes:
        purpose: whose data.
        dataset: the column's.
        column: its name.
        transform: what was done to its values.
    """

    purpose: Purpose
    dataset: str
    column: str
    transform: str


def blind(policy: Policy, catalogue: Catalogue, subject: Subject) -> list[Blind]:
    """Return the columns that cannot be searched for a subject, as a policy has them.

    Args:
        policy: in force; what was made under another one is searched all the same.
        catalogue: declares the columns.
        subject: checked.
    """
    if subject.kind == DEVICE:
        return []
    identity = CLASSES[subject.kind]
    classes = {identity} | (_OF_PEOPLE if identity in _OF_PEOPLE else set())
    if identity in _NAMES:
        classes |= _NAMES | _ACCOUNTS
    found = []
    for rules in policy.purposes:
        for chosen in rules.datasets:
            dataset = catalogue.datasets.get(chosen.dataset)
            for rule in chosen.columns if dataset else ():
                column = dataset and dataset.column(rule.column)
                call = parse_call(rule.transform)
                if column and _is_blunted(column, call.name, classes):
                    found.append(
                        Blind(rules.purpose, chosen.dataset, column.name, call.name)
                    )
    return found


def _is_blunted(column: Column, call: str, classes: set[str]) -> bool:
    if column.sensitivity is Sensitivity.FREE_TEXT:
        return call not in _SEARCHED_TEXTS
    return column.identity in classes and call not in _SEARCHED
