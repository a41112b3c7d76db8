# SPDX-License-Identifier: Apache-2.0
"""A collector: the real gate's answers, committer, store and marks, without a socket.

Rules: one request at a time; what its disk refuses it answers as the gate does; while
it is down nobody answers.
Not here: lies (`liar.py`), what travels (`network.py`), HTTP (`server/gate/app.py`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from server.errors import ServerError
from server.gate import protocol
from server.gate.committer import Committer
from server.gate.nonces import Nonces
from server.gate.protocol import Admitted, Post
from server.problems import Problem, Refusal
from server.reader import duties
from server.reader.duties import Acts
from server.store.interface import (
    Device,
    DeviceState,
    Quotas,
    Store,
    StoredEnvelope,
    Verdict,
)
from server.store.sqlite import SqliteStore, open_store
from simulation.book import Chronicle
from simulation.clock import Clock
from simulation.images import Image, restore
from simulation.keys import AUTHORITY, Tenancy, signing
from simulation.vfs import Door, Mount
from wire.messages import Fate
from wire.token import secret_digest

STORE = "store.sqlite"
_BOOT_SECONDS = 90.0
"""Until a collector that died is there again."""
_MARK_SECONDS = 7.0
"""Until the reader has signed marks for what was committed."""
Commit = Callable[["Collector", Admitted], Sequence[Verdict]]
Marks = Callable[[Store, int], int]
GiveUp = Callable[[Store, Acts, int], int]


class Gone(Exception):  # noqa: N818 - it is the collector that is gone
    """Nobody answers."""


def commit(collector: "Collector", admitted: Admitted) -> Sequence[Verdict]:
    """Commit a shipment's envelopes; returns the verdicts after it."""
    assert collector.committer is not None
    return collector.committer.submit(admitted.envelopes).result()


def sign_marks(store: Store, now: int) -> int:
    """Sign marks, as the reader does."""
    return duties.sign_marks(store, signing("store"), now)


def as_it_is(store: SqliteStore) -> Store:
    """Return the store itself."""
    return store


@dataclass(slots=True)
class Collector:
    """The collector of a simulated world.

    Attributes:
        door: to the simulated disks.
        mount: its disk.
        clock: the true time.
        chronicle: what happened.
        wrap: what its store is; another one only where a bug is planted.
        commit: how it commits.
        marks: how its reader signs marks, some seconds after a shipment.
        give_up: how its reader gives up what no device can send again.
        drift: seconds that its own clock is ahead.
        power: whether it dies by power, the next time it dies.
        marking: its reader is at work.
        store: the open store; None while it is down.
        committer: the gate's own, which has one order at a time.
        tokens: that were given out.
        quotas: what may be stored in a day, from its next start on.
        tenants: that it has.
        post: of the gate that answers.
    """

    door: Door
    mount: Mount
    clock: Clock
    chronicle: Chronicle
    wrap: Callable[[SqliteStore], Store] = as_it_is
    commit: Commit = commit
    marks: Marks = sign_marks
    give_up: GiveUp = duties.give_up_holes
    drift: float = 0.0
    power: bool = True
    marking: bool = True
    nonces: Nonces = field(default_factory=Nonces)
    store: Store | None = None
    committer: Committer | None = None
    tokens: int = 0
    quotas: Quotas = field(default_factory=Quotas)
    tenants: list[bytes] = field(default_factory=list)
    post: Post = field(init=False)

    @property
    def path(self) -> Path:
        """Return the store's file."""
        return Path(self.mount.directory) / STORE

    def now(self) -> int:
        """Return what its clock says."""
        return int(self.clock.now + self.drift)

    def front(self, whose: Tenancy) -> None:
        """Let a tenant's gate answer next; all have one key, store and committer."""
        self.post = Post(signing("gate"), AUTHORITY, (whose.signed_root,))

    def install(self, made: Image) -> None:
        """Take a store that was just made."""
        restore(made, self.mount)
        self._use(open_store(self.path))

    def _use(self, store: SqliteStore) -> None:
        self.store = self.wrap(store)
        self.committer = Committer(self.store, self.now)

    def close(self) -> None:
        """End orderly."""
        if self.committer is not None:
            self.committer.close()
        if self.store is not None:
            self.store.close()
        self.committer = self.store = None

    def enrol(self, whose: Tenancy, public: bytes, device: bytes) -> None:
        """Make a device of a tenant known."""
        assert self.store is not None
        now = self.now()
        self.tokens += 1  # one for each try, also for one that failed half-way
        secret = secret_digest(self.tokens.to_bytes(16, "big"))
        if whose.tenant not in self.tenants:
            self.tenants.append(whose.tenant)
        self.store.add_token(whose.tenant, secret, now + 1, 1)
        made = Device(
            whose.tenant,
            device,
            public,
            b"s" * 1216,
            DeviceState.ACTIVE,
            now,
            now,
            "0.1",
            "Simulated",
            "",
        )
        self.store.enrol(made, secret, now)

    def answer(self, path: str, body: bytes) -> bytes:
        """Answer a request as the gate's handlers do.

        Raises:
            Gone: it is down, or went down while it worked.
            Refusal: with the problem that is told.
        """
        if self.store is None:
            raise Gone
        try:
            return self._answer(self.store, path, body)
        except ServerError:
            raise Refusal(Problem.OVERLOADED) from None
        finally:
            self.look()

    def envelopes(self) -> Iterator[StoredEnvelope]:
        """Yield what its store has, tenant by tenant."""
        assert self.store is not None
        for tenant in self.tenants:
            yield from self.store.envelopes(tenant)

    def look(self) -> None:
        """Go down where the disk has died.

        Raises:
            Gone: it has.
        """
        if self.mount.disk.dead:
            self.stop()
            self.clock.after(_BOOT_SECONDS, self.start)
            raise Gone

    def stop(self) -> None:
        """Go down now, in the middle of whatever it is."""
        if self.store is None:
            return
        self.mount.disk.dead = True
        fault = "collector-power" if self.power else "collector-killed"
        self.chronicle.faults[fault] += 1
        self.close()
        self.nonces = Nonces()

    def end(self) -> bool:
        """End orderly; false where it dies of that, and is down until it boots."""
        self.close()
        self.power, self.nonces = False, Nonces()
        if self.mount.disk.dead:
            self.clock.after(_BOOT_SECONDS, self.start)
        return not self.mount.disk.dead

    def start_again(self) -> None:
        """End orderly and come up at once, if it is up."""
        if self.store is not None and self.end():
            self.start()

    def start(self) -> None:
        """Come up again, and look whether all that was promised is there."""
        if self.store is not None:
            return
        self.door.restart(self.mount, power=self.power)
        try:
            self._use(open_store(self.path, self.quotas))
        except ServerError:
            self.clock.after(_BOOT_SECONDS, self.start)
            return
        self.check_receipts()
        self.sign()

    def sign(self) -> None:
        """Sign marks and give up holes, if its reader is at work."""
        if self.store is None or not self.marking:
            return
        try:
            self.marks(self.store, self.now())
            self.give_up(self.store, self.chronicle, self.now())
            self.look()
        except (ServerError, Gone):
            self.chronicle.faults["marks-failed"] += 1

    def check_receipts(self) -> None:
        """Require that everything is there that a receipt said is there."""
        if self.store is None:
            return
        try:
            held = {found.digest for found in self.envelopes()}
        except ServerError:  # its disk fails just now; in the end it does not
            return
        for book in self.chronicle.books.values():
            missing = [name for name in book.receipted if name not in held]
            if missing:
                self.chronicle.wrong(
                    f"{len(missing)} envelopes are not there that a receipt named"
                )

    def _answer(self, store: Store, path: str, body: bytes) -> bytes:
        if path == "/v1/introduce":
            return protocol.introduce(self.post, body, self.now())
        if path == "/v1/poll":
            return protocol.poll(self.post, store, self.nonces, body, self.now())
        admitted = protocol.admit(store, self.nonces, body, self.now())
        verdicts = self.commit(self, admitted)
        self.clock.after(_MARK_SECONDS, self.sign)
        receipt = protocol.receipt(self.post, admitted, verdicts, self.now())
        book = self.chronicle.book(admitted.manifest.device)
        for stored, verdict in zip(admitted.envelopes, verdicts, strict=True):
            if verdict.fate is Fate.STORED:  # a duplicate may be there as its void
                book.receipted[stored.digest] = None
        return receipt
