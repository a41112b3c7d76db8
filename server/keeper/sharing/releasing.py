# SPDX-License-Identifier: Apache-2.0
"""Makes a release under a grant: opens what it names, and nothing that it does not.

Rules: the grant is judged anew; the ledger has who, for whom and what before anything
is opened; all releases of a grant together have no more octets than it says; what is
past its time is not opened, whoever is late.
Not here: the files (`writing.py`), giving out their key (`fetching.py`).
"""

import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING

from policies import catalogue
from server.errors import DeniedError, StateError, UsageError
from server.keeper import extracting, holding
from server.keeper.desk import Desk
from server.keeper.extracting import Tally
from server.keeper.sharing import granting, letters, writing
from server.keeper.sharing.projection import OWN, Columns, narrowed, shape, shared
from server.keeper.sharing.writing import ReleasedTable
from server.reader.marked import in_force
from server.register import releases
from server.register.recipients import Granted
from wire import limits
from wire.catalogue import Storage, ValueType, storage
from wire.papers.grant import Grant
from wire.papers.release import Custody, Release, ReleasedColumn
from wire.papers.scope import Scope
from wire.policy import Policy
from wire.purposes import Purpose
from wire.values import Value

if TYPE_CHECKING:
    from wire.cbor import Plain

_ID_BYTES = 16
_WORDS = {
    Storage.UTF8: "VARCHAR",
    Storage.BOOL: "BOOLEAN",
    Storage.INT64: "BIGINT",
    Storage.FLOAT64: "DOUBLE",
}
_TIME, _STAND_IN, _KEPT = "TIMESTAMP_S", "stand-in", "keep"
_NOBODY = "-"
_ANEW = "+stand-in"
"""After the policy's transform: values of an identity are made anew."""


def release(desk: Desk, granted: Granted, user: str, now: int) -> Release:
    """Make a release of all that a grant permits now.

    Args:
        desk: what the keeper works with.
        granted: the grant, as the register has it.
        user: who asks for the release.
        now: seconds since the epoch.

    Raises:
        DeniedError: the grant permits nothing, or its octets are used up.
        LimitError: it would have more octets than the grant leaves.
        ServerError: it cannot be made; nothing of it is left.
    """
    with desk.ending:  # of two at once each would have all that is left
        return _release(desk, granted, user, now)


def _release(desk: Desk, granted: Granted, user: str, now: int) -> Release:
    moment = max(now, desk.clock.latest())
    grant, revoked = granting.opened(desk, granted), granted.revoked is not None
    held, permission = granting.require(desk, grant, moment, revoked=revoked)
    if grant.delivery is not None:
        msg = "this grant's rows are pushed to the recipient's channel: use share push"
        raise UsageError(msg)
    with desk.register.view() as connection:
        left = grant.octets - releases.octets_of(connection, granted.digest)
    if left <= 0:
        reason, msg = "octets-used-up", "all octets of the grant are used up"
        raise DeniedError(reason, msg)
    number, columns = secrets.token_bytes(_ID_BYTES), permission.columns
    scope = narrowed(grant.scope, columns)
    tell_opening(desk, grant, scope, number, user, now)
    sources: list[bytes] = []
    opening = _Opening(desk, grant, columns, moment, sources)
    return writing.make(
        desk,
        release=number,
        grant=granted.digest,
        recipient=held.recipient,
        tables=[
            ReleasedTable(
                dataset.name,
                columns_of(desk, dataset.name, columns, grant, now),
                opening.rows(scope, dataset.name),
            )
            for dataset in scope.datasets
        ],
        expires=min(grant.until, held.recipient.agreement_until),
        form=grant.format,
        purpose=grant.purpose.value,
        decisions=grant.decisions,
        basis=None,
        now=now,
        cap=left,
        sources=sources,
        custody=lambda: opening.custody(user),
    )


class _Opening:
    """Opens envelopes for one release, a dataset at a time."""

    def __init__(
        self,
        desk: Desk,
        grant: Grant,
        columns: Columns,
        moment: int,
        sources: list[bytes],
    ) -> None:
        """Know for whom, and where to note of which envelopes something is taken."""
        self._desk, self._columns, self._sources = desk, columns, sources
        self._keys = letters.keys_of(desk, grant, moment)
        self._scoped = desk.keyring.scoped(desk.tenant, grant.purpose, moment)
        place = desk.layout.register, desk.keyring, desk.tenant
        self._marked = in_force(*place, grant.purpose)
        live, _ = holding.reach(desk, grant.scope, moment)
        self._live = [key.key_id for key in live]
        self._shut = 0

    def rows(self, scope: Scope, dataset: str) -> Iterator[tuple[Value, ...]]:
        """Yield the rows of a dataset.

        Raises:
            StateError: the keeper is to end.
        """
        allowed, tally = {dataset: self._columns[dataset]}, Tally()
        found = extracting.in_scope(
            self._desk,
            narrowed(scope, allowed),
            self._live,
            self._scoped.opening_key,
            tally,
        )
        known = catalogue()
        for source in found:
            if self._desk.stopping.is_set():
                msg = "the keeper is to end: ask again once it runs"
                raise StateError(msg)
            self._sources.append(source.stored.digest)
            for row in shared(
                source.place, source.chosen, allowed, self._keys, known, self._marked
            ):
                yield row.cells
        self._shut = max(self._shut, tally.shut)  # each dataset looks at all of them

    def custody(self, user: str) -> Custody:
        """Return what the head says of who asked, and of how many envelopes it is."""
        by = user[: limits.NAME_CHARS] or _NOBODY
        return Custody(by, None, len(set(self._sources)), 0, self._shut)


def columns_of(
    desk: Desk, dataset: str, columns: Columns, grant: Grant, now: int
) -> tuple[ReleasedColumn, ...]:
    """Return the columns of a table, and what was done to the values of each.

    Args:
        desk: what the keeper works with.
        dataset: its name.
        columns: that are permitted.
        grant: for which purpose.
        now: seconds since the epoch.
    """
    transforms = transforms_of(desk.policy(now).policy, grant.purpose, dataset)
    declared = catalogue().datasets[dataset]
    found = []
    for name in shape(dataset, columns, catalogue()):
        column = declared.column(name)
        if name in OWN or column is None:
            done = _KEPT if name == OWN[1] else _STAND_IN
        else:
            done = transforms[name] + (_ANEW if column.identity else "")
        word = word_of(dataset, name)
        found.append(ReleasedColumn(name, word, done[: limits.NAME_CHARS]))
    return tuple(found)


def transforms_of(policy: Policy, purpose: Purpose, dataset: str) -> dict[str, str]:
    """Return what a policy does to each column of a dataset that it keeps."""
    rules = policy.rules(purpose)
    return {
        column.column: column.transform
        for rule in (rules.datasets if rules else ())
        if rule.dataset == dataset
        for column in rule.columns
    }


def word_of(dataset: str, name: str) -> str:
    """Return DuckDB's word for the type of a column as it leaves, ours among them."""
    column = catalogue().datasets[dataset].column(name)
    if column is None:
        return _TIME if name == OWN[1] else _WORDS[Storage.UTF8]
    timed = column.type is ValueType.TIMESTAMP
    return _TIME if timed else _WORDS[storage(column.type)]


def tell_opening(
    desk: Desk, grant: Grant, scope: Scope, number: bytes, user: str, now: int
) -> None:
    """Write down what is about to be opened under a grant, and for whom.

    Args:
        desk: what the keeper works with.
        grant: the grant.
        scope: what of it is permitted.
        number: id of the release.
        user: who asks.
        now: seconds since the epoch.
    """
    body: dict[str, Plain] = {
        "by": user,
        "case": grant.id,
        "release": number,
        "recipient": grant.recipient,
        "purpose": grant.purpose.value,
        "datasets": [item.name for item in scope.datasets],
        "columns": sum(len(item.columns) for item in scope.datasets),
        "devices": list(scope.devices),
    }
    desk.ledger.add("share-opened", body, now)
