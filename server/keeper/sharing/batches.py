# SPDX-License-Identifier: Apache-2.0
"""Opens the next envelopes of a grant that were not pushed yet, for one batch.

Rules: rows are projected as a release's are; an envelope is never cut, so that it is
pushed whole or not at all; one of which nothing may leave is noted, and not opened
again; rows are in memory only.
Not here: sending them (`pushing.py`), the projection (`projection.py`).
"""

from dataclasses import dataclass, field

from policies import catalogue
from server.errors import StateError
from server.formats.tables import Column, Table
from server.keeper import extracting, holding
from server.keeper.bounds import PUSH_ROWS
from server.keeper.desk import Desk
from server.keeper.extracting import Tally
from server.keeper.sharing import letters, releasing
from server.keeper.sharing.projection import Columns, narrowed, shape, shared
from server.reader.marked import in_force
from server.register import releases
from wire.papers.grant import Grant
from wire.values import Value


class _Unsent:
    """All envelopes but those that were pushed."""

    def __init__(self, sent: frozenset[bytes]) -> None:
        self._sent = sent

    def __contains__(self, digest: object) -> bool:
        return digest not in self._sent


@dataclass(slots=True)
class Opened:
    """What was opened for a batch.

    Attributes:
        columns: that leave, by dataset.
        rows: by dataset, in the order of its columns.
        sources: digests of the envelopes that they are of.
        shut: envelopes in reach that did not open or verify.
        more: whether others may wait behind them.
    """

    columns: Columns
    rows: dict[str, list[tuple[Value, ...]]] = field(default_factory=dict)
    sources: list[bytes] = field(default_factory=list)
    shut: int = 0
    more: bool = False

    def tables(self) -> dict[str, Table]:
        """Return the rows as tables that formats take."""
        known = catalogue()
        return {
            name: Table(
                name,
                tuple(
                    Column(column, releasing.word_of(name, column))
                    for column in shape(name, self.columns, known)
                ),
                rows,
                known.datasets[name],
            )
            for name, rows in self.rows.items()
        }


def open_next(
    desk: Desk, granted: bytes, grant: Grant, columns: Columns, moment: int
) -> Opened:
    """Return the rows of the next envelopes, and note those of which none may leave.

    Args:
        desk: what the keeper works with; `ending` is held.
        granted: digest of the grant.
        grant: which rows.
        columns: that it permits now.
        moment: the time that keys end by.

    Raises:
        StateError: the keeper is to end.
    """
    with desk.register.view() as connection:
        unsent = _Unsent(releases.pushed(connection, granted))
    opened, tally, known = Opened(columns), Tally(without=[]), catalogue()
    keys = letters.keys_of(desk, grant, moment)
    place = desk.layout.register, desk.keyring, desk.tenant
    marked = in_force(*place, grant.purpose)
    live, _ = holding.reach(desk, grant.scope, moment)
    scoped = desk.keyring.scoped(desk.tenant, grant.purpose, moment)
    empty: list[bytes] = []
    count = 0
    for source in extracting.in_scope(
        desk,
        narrowed(grant.scope, columns),
        [key.key_id for key in live],
        scoped.opening_key,
        tally,
        only=unsent,
    ):
        if desk.stopping.is_set():
            msg = "the keeper is to end: push again once it runs"
            raise StateError(msg)
        found = list(shared(source.place, source.chosen, columns, keys, known, marked))
        for row in found:
            opened.rows.setdefault(row.dataset, []).append(row.cells)
        (opened.sources if found else empty).append(source.stored.digest)
        count += len(found)
        if count >= PUSH_ROWS:
            opened.more = True
            break
    opened.shut = tally.shut
    with desk.register.transaction() as connection:
        releases.note_pushed(connection, granted, [*empty, *(tally.without or ())])
    return opened
