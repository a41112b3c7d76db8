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
from server.errors import DeniedError, StateError
from server.keeper import extracting, holding
from server.keeper.desk import Desk
from server.keeper.extracting import Tally
from server.keeper.sharing import granting, letters, writing
from server.keeper.sharing.projection import (
    OWN,
    TIME,
    Columns,
    narrowed,
    released,
    shape,
    shared,
    transforms,
)
from server.keeper.sharing.writing import ReleasedTable
from server.reader.marked import in_force
from server.register import releases
from server.register.recipients import Granted
from wire.papers.grant import Grant
from wire.papers.release import Release, ReleasedColumn
from wire.papers.scope import Scope
from wire.policy import Policy
from wire.values import Value

if TYPE_CHECKING:
    from wire.cbor import Plain

_ID_BYTES = 16
_STAND_IN, _KEPT = "stand-in", "keep"
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
    with desk.register.view() as connection:
        left = grant.octets - releases.octets_of(connection, granted.digest)
    if left <= 0:
        reason, msg = "octets-used-up", "all octets of the grant are used up"
        raise DeniedError(reason, msg)
    number, columns = secrets.token_bytes(_ID_BYTES), permission.columns
    scope = narrowed(grant.scope, columns)
    _tell(desk, grant, scope, number, user, now)
    sources: list[bytes] = []
    policy = desk.policy(now).policy
    opening = _Opening(desk, grant, columns, moment, sources)
    return writing.make(
        desk,
        release=number,
        grant=granted.digest,
        recipient=held.recipient,
        tables=[
            ReleasedTable(
                dataset.name,
                _columns(dataset.name, columns, grant, policy),
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

    def rows(self, scope: Scope, dataset: str) -> Iterator[tuple[Value, ...]]:
        """Yield the rows of a dataset.

        Raises:
            StateError: the keeper is to end.
        """
        allowed = {dataset: self._columns[dataset]}
        found = extracting.in_scope(
            self._desk,
            narrowed(scope, allowed),
            self._live,
            self._scoped.opening_key,
            Tally(),
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


def _columns(
    dataset: str, columns: Columns, grant: Grant, policy: Policy
) -> tuple[ReleasedColumn, ...]:
    """Return the columns of a table, and what was done to the values of each."""
    done = transforms(policy, grant.purpose, dataset)
    declared = catalogue().datasets[dataset]
    found = []
    for name in shape(dataset, columns, catalogue()):
        column = declared.column(name)
        if name in OWN or column is None:
            kind, what = (TIME, _KEPT) if name == OWN[1] else ("VARCHAR", _STAND_IN)
            found.append(ReleasedColumn(name, kind, what))
        else:
            anew = _ANEW if column.identity else ""
            found.append(released(column, done[name] + anew))
    return tuple(found)


def _tell(
    desk: Desk, grant: Grant, scope: Scope, number: bytes, user: str, now: int
) -> None:
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
