# SPDX-License-Identifier: Apache-2.0
"""One reading from the wish to the last row: decided, planned, opened, noted, shown.

Rules: the order is the promise: a grant or a line of denial; then the SQL is planned
over empty tables; then envelopes are opened in memory; then the line in the ledger is
on the disk; only then is the first row shown, and none once the grant has ended. Who
asks is the kernel's word, or whose session it is.
Not here: the decision (`grants.py`), the socket (`process.py`).
"""

import hashlib
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NoReturn

from server import configuration
from server.access import signed_in, withdrawn
from server.access.model import SENTENCES
from server.devices import find_in
from server.errors import DeniedError, LimitError, UsageError
from server.keyring import NOT_CAUGHT_UP, NOT_CAUGHT_UP_WORDS, Keyring
from server.layout import Layout
from server.ledger import SqliteLedger
from server.query.limits import QueryLimits
from server.query.run import End, Query, started
from server.query.spare import Spare
from server.reader import listing, marked
from server.reader.alerting import AlertJob
from server.reader.arrow import schema
from server.reader.crew import Places, cores
from server.reader.entries import denial_of, entry_of, resync_of, touched_by
from server.reader.exporting import exported
from server.reader.fleet import Fleet, open_fleet
from server.reader.folding import FoldJob
from server.reader.grants import MINUTES_MAXIMUM, Asker, Grant, Wish, decide
from server.reader.lots import Means
from server.reader.mending import Mender
from server.reader.opened import Opened
from server.reader.opening import open_selection
from server.reader.question import Request
from server.reader.remembered import Memory, Standing, index_of
from server.reader.selection import Selection
from server.reader.tickets import keys_under, under_ticket
from server.reader.under_way import Reading, narrowed
from server.store.interface import Store
from wire.catalogue import Catalogue
from wire.policy import PolicyStatement

LOOK_SECONDS = 1.0
"""So soon a reading ends once its ticket is closed or its reader's role is gone."""
Message = dict[str, object]
_DETACHED = (
    "device-detached",
    "the ticket's devices changed while this was read: ask again",
)
_CHANGED = (
    "changed-meanwhile",
    "keys or rights of persons changed while this was read: ask again",
)
"""What was read may have been restricted, or has died."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a reading needs; any thread may use it.

    Attributes:
        layout: the installation.
        store: the sealed store.
        keyring: the opening keys.
        ledger: where every reading is written down first.
        catalogue: what this release knows.
        policy: returns the policy in force at a time, its signature checked.
        mender: asks devices for whole states.
        clock: seconds that go by, whatever is done to the time of day.
        job: keeps folded states.
        alerts: looks for what people are to be told.
        places: for processes that open a fleet's envelopes.
        memory: of what was opened of a fleet.
        spare: has a child that waits for the next query; None for none.
    """

    layout: Layout
    store: Store
    keyring: Keyring
    ledger: SqliteLedger
    catalogue: Catalogue
    policy: Callable[[int], PolicyStatement]
    mender: Mender
    clock: Callable[[], float] = time.monotonic
    job: FoldJob | None = None
    alerts: AlertJob | None = None
    places: Places = field(default_factory=lambda: Places(cores()))
    memory: Memory = field(default_factory=Memory)
    spare: Spare | None = None

    def folded(self, now: int) -> Generator[Message, None, None]:
        """Run the fold job over all that is behind its blocks; yields how far it is.

        Args:
            now: seconds since the epoch.

        Raises:
            UsageError: config.toml names no owner of the job.
            ServerError: it failed.
        """
        settings = configuration.read(self.layout)
        if self.job is None or configuration.FOLD not in settings.jobs:
            msg = 'nobody owns the fold job: write `fold = "USER"` under [jobs]'
            raise UsageError(msg)
        policy = self.policy(now).policy
        told = {"envelopes": 0, "blocks": 0, "large": 0, "doubtful": 0}
        while True:
            batch = self.job.batch(settings, policy, now, minimum=1)
            told["envelopes"] += batch.envelopes
            told["blocks"] += batch.blocks
            told["large"] += batch.large
            told["doubtful"] += batch.doubtful
            if batch.due == 0:
                yield {"end": {**told}}
                return
            yield {"folded": {**told}}

    def answer(self, request: Request, now: int) -> Generator[Message, None, None]:
        """Yield the messages of one reading: columns, rows, end.

        Args:
            request: from `parse`.
            now: seconds since the epoch.

        Raises:
            ServerError: of the kind that names the reason; a denial is in the ledger.
        """
        begun, standing = self.clock(), self.standing()
        settings = configuration.read(self.layout)
        with ExitStack() as stack:
            query = None
            if request.sql.strip() and not request.form:
                # it knows nothing yet, and is soon ready when it is to
                query = stack.enter_context(started(QueryLimits(), self.spare))
            grant = self.granted(request.wish, settings, now)
            selection = self._selection(request, settings.tenant, grant)
            ends = begun + grant.until - now
            reading = Reading(request, grant, selection, now, ends, begun, standing)
            if request.form:
                messages = self._exported(reading)
            elif query is not None:
                messages = self._queried(query, reading)
            else:
                messages = self._listed(reading)
            for message in messages:
                self._check(reading)
                yield message

    def _check(self, reading: Reading) -> None:
        """Refuse to go on once the grant has ended, or would not be given any more.

        Roles, tickets, the policy, rights in force and the generation of the keys are
        looked at again each second.

        Raises:
            DeniedError: the person may not read any more; it is in the ledger.
            LimitError: the grant has ended.
        """
        passed = self.clock()
        if passed >= reading.looked + LOOK_SECONDS:
            reading.looked = passed
            left = max(0, int(reading.ends - passed))
            settings = configuration.read(self.layout)
            moment = reading.grant.until - left
            grant = self.granted(reading.request.wish, settings, moment)
            if narrowed(reading, grant):
                self._refuse(reading.request.wish, *_DETACHED, moment)
            if self.standing() != reading.standing:
                self._refuse(reading.request.wish, *_CHANGED, moment)
        if passed >= reading.ends:
            msg = (
                "the grant ended before the reading was done: ask for more --minutes, "
                f"up to {MINUTES_MAXIMUM}, or narrow it with --device or --since"
            )
            raise LimitError(msg)

    def standing(self) -> Standing:
        """Return what must be the same until a reading is done."""
        return marked.digest(self.layout.register), self.keyring.generation()

    def _refuse(self, wish: Wish, reason: str, sentence: str, now: int) -> NoReturn:
        """End a reading that was allowed and is so no more.

        Raises:
            DeniedError: always; it is in the ledger.
        """
        error = DeniedError(reason, sentence)
        self.ledger.add("denied", denial_of(wish, error), now)
        raise error

    def _listed(self, reading: Reading) -> Iterator[Message]:
        shown = listing.shown(self.catalogue)
        reading.selection = replace(reading.selection, shown=shown)
        opened = self._opened(reading)
        yield {"columns": [[column.name, column.type] for column in listing.COLUMNS]}
        rows = listing.rows_of(opened.tables, self.catalogue, reading.grant.columns)
        yield {"rows": rows}
        yield _end(opened, End(len(rows), ""))

    def _queried(self, query: Query, reading: Reading) -> Iterator[Message]:
        request, selection = reading.request, reading.selection
        wanted = selection.datasets or tuple(self.catalogue.datasets)
        schemas = {name: schema(self.catalogue.datasets[name]) for name in wanted}
        self._look(reading)  # while the query's child starts
        plan = query.plan(request.sql, schemas)
        reading.selection = replace(
            selection, datasets=tuple(plan.reads), shown=plan.reads
        )
        opened = self._opened(reading)
        yield {"columns": [[column.name, column.type] for column in plan.columns]}
        filled = {name: table for name, table in opened.tables.items() if len(table)}
        for batch in query.batches(filled):
            if isinstance(batch, End):
                yield _end(opened, batch)
            else:
                yield {"rows": batch}

    def _exported(self, reading: Reading) -> Iterator[Message]:
        allowed = reading.grant.columns
        wanted = reading.selection.datasets or tuple(allowed)
        if allowed.keys().isdisjoint(wanted):
            msg = "the policy gives this purpose none of these tables"
            raise UsageError(msg)
        opened, rows = self._opened(reading), 0
        for message in exported(opened, self.catalogue, allowed):
            held = message.get("rows")
            rows += len(held) if isinstance(held, list) else 0
            yield message
        yield _end(opened, End(rows, ""))

    def granted(
        self, wish: Wish, settings: configuration.Configuration, now: int
    ) -> Grant:
        """Decide what a person may open; a denial is in the ledger before it is told.

        Args:
            wish: who asks, for which purpose and why.
            settings: names the person's roles.
            now: seconds since the epoch.

        Raises:
            DeniedError: the person may not read for the purpose.
        """
        asker = None
        try:
            if wish.session:
                person = signed_in.person_of(self.layout.people, wish.session, now)
                wish = replace(wish, user=person.name)
                asker = Asker(person, settings.tenant)
            return self._decided(wish, settings, now, asker)
        except DeniedError as error:
            self.ledger.add("denied", denial_of(wish, error), now)
            raise

    def _decided(
        self,
        wish: Wish,
        settings: configuration.Configuration,
        now: int,
        asker: Asker | None,
    ) -> Grant:
        if self.keyring.renewing():
            raise DeniedError(NOT_CAUGHT_UP, NOT_CAUGHT_UP_WORDS)
        if asker is None:
            roles = settings.roles.get(wish.user, ())
            why = withdrawn.of_account(self.layout.people, wish.user, now)
            if why is not None:
                raise DeniedError(why.value, SENTENCES[why])
        else:
            roles = asker.roles(wish.purpose)
        held = self.policy(now)
        grant = decide(wish, roles, held.policy, now, asker)
        grant = under_ticket(
            *(self.layout.register, self.keyring, settings.tenant, grant, now),
            required=settings.tickets,
        )
        return replace(grant, policy=held.version)

    def _selection(self, request: Request, tenant: bytes, grant: Grant) -> Selection:
        """Return what is to be opened; a name that means nothing is refused."""
        unknown = set(request.datasets) - self.catalogue.datasets.keys()
        if unknown:
            msg = "there is no such table: give --dataset a name of docs/datasets.md"
            raise UsageError(msg)
        devices = [find_in(self.store, tenant, name).device for name in request.devices]
        if grant.devices and not set(devices) <= set(grant.devices):
            msg = "the ticket is bound to other devices: give --device one of them"
            raise UsageError(msg)
        return Selection(
            tenant,
            grant.purpose,
            grant.columns,
            tuple(dict.fromkeys(devices or grant.devices)),
            tuple(dict.fromkeys(request.datasets)),
            request.since,
            request.until,
            marked.in_force(self.layout.register, self.keyring, tenant, grant.purpose),
            {one: since for one, since in grant.begins.items() if since},
        )

    def _opened(self, reading: Reading) -> Opened:
        """Open, and write it down before anything of it is shown."""
        grant, sql = reading.grant, reading.request.sql
        opened = self._rows(reading)
        body = entry_of(grant) | touched_by(opened, grant)
        for name in ("form", "to"):
            if word := getattr(reading.request, name):
                body[name] = word
        if sql:
            body["sql"] = hashlib.sha256(sql.encode()).digest()
        self.ledger.add("opened", body, reading.now)
        opened.asked = self._mend(opened, reading)
        return opened

    def _rows(self, reading: Reading) -> Opened:
        selection = reading.selection
        keys = keys_under(self.keyring, selection.tenant, reading.grant, reading.now)
        signer = self.keyring.fold_job_key().public
        keeper = self.keyring.keeper_key().public

        check = partial(self._check, reading)
        if selection.devices:
            given = self.store, keys, self.catalogue, selection
            return open_selection(*given, check, signer, keeper)
        means = Means(self.catalogue, selection, signer, keeper)
        fleet = Fleet(self.store, self.places, self.memory)
        held = reading.standing, reading.index
        return open_fleet(fleet, keys, means, check, *held)

    def _look(self, reading: Reading) -> None:
        """Know what the store has, where rows of it may be in memory."""
        chosen = reading.selection
        if chosen.fleetwide and self.memory.has(chosen.tenant, chosen.purpose):
            check = partial(self._check, reading)
            reading.index = index_of(self.store, chosen, check)

    def _mend(self, opened: Opened, reading: Reading) -> int:
        """Ask devices for the states that were found broken, and write it down."""
        tenant, purpose = reading.selection.tenant, reading.grant.purpose
        asked = self.mender.ask(tenant, purpose, opened.broken, reading.now)
        if asked:
            told = resync_of(purpose, asked)
            self.ledger.add("resync-asked", told, reading.now)
        return len(asked)


def _end(opened: Opened, end: End) -> Message:
    return {
        "end": {
            "rows": end.rows,
            "capped": end.capped,
            "envelopes": opened.envelopes,
            "blocks": opened.blocks,
            "aside": dict(sorted(opened.aside.items())),
            "devices": len(opened.devices),
            "skipped": dict(sorted(opened.skipped.items())),
            "missing": dict(sorted(opened.missing.items())),
            "uncounted": dict(sorted(opened.uncounted.items())),
            "unheard": dict(sorted(opened.unheard.items())),
            "asked": opened.asked,
            "notes": opened.notes,
        }
    }
