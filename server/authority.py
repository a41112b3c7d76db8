# SPDX-License-Identifier: Apache-2.0
"""Says what devices obey: policies, purpose keys, tokens and who is heard no more.

Rules: a version is signed once and goes up by one; what devices are given is what was
signed last; every act is in the ledger before it can be seen, and one that cannot be
written there does not happen.
Not here: signing and handing out (`server/publishing.py`), keys of the first day
(`server/install.py`), opening (`server/reader`).
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, closing, contextmanager

from server import configuration, epochs, role_keys, tokens, uses
from server.errors import DeniedError, TrustError, UsageError
from server.keyring import Keyring, opened_when_asked
from server.layout import Layout
from server.ledger import SqliteLedger
from server.placing import Placing
from server.processes import Process
from server.publishing import POLICY_DAYS, Publisher
from server.register import contract, notices
from server.register.notices import NoticeKind
from server.register.tickets import Held
from server.removals import Removals
from server.rollout import Rollout
from server.roots import Role, next_root
from server.statements import Statements
from server.store.interface import NOWHERE, Device, DeviceState, Spot, Store
from server.storing import open_sealed
from server.technicians import Change, adding, unchanged, without
from wire import signed
from wire.crypto.certificates import authority_digest
from wire.crypto.signing import SigningKey
from wire.keys import KeyStatement
from wire.papers.law import LawPack, LawStatement
from wire.policy import Policy, PolicyStatement
from wire.policy_check import DAY
from wire.signed import SignedKind
from wire.technicians import Technician
from wire.token import format_token, secret_digest
from wire.trust import ROOT, Root, root_digest

LABEL_CHARS = 100
"""A name that fits a line of a terminal."""


class Authority:
    """The acts of one installation that devices obey."""

    def __init__(
        self,
        layout: Layout,
        store: Store,
        keyring: Callable[[], Keyring],
        ledger: SqliteLedger,
        statements: Statements,
    ) -> None:
        """Take what `open_authority` opened."""
        self._layout = layout
        self._store = store
        self._ledger = ledger
        self.configuration = configuration.read(layout)
        self._publisher = Publisher(
            self.tenant, layout, store, keyring, ledger, statements
        )

    @property
    def tenant(self) -> bytes:
        """Return the tenant's 16 bytes."""
        return self.configuration.tenant

    def root(self) -> Root:
        """Return the newest root."""
        return self._publisher.root()

    def policy(self) -> PolicyStatement:
        """Return the policy statement that was published last."""
        return self._publisher.policy()

    def policies(self) -> list[PolicyStatement]:
        """Return all policy statements, the oldest first."""
        return self._publisher.policies()

    def keys(self) -> KeyStatement:
        """Return the key statement that was published last."""
        return self._publisher.keys()

    def ticket_key(self, ticket: str, held: Held, retention: str, now: int) -> bytes:
        """Sign a ticket's key; arguments are those of `Publisher.ticket_key`."""
        return self._publisher.ticket_key(ticket, held, retention, now)

    def devices(self) -> list[Device]:
        """Return the tenant's devices, by enrolment time."""
        return list(self._store.devices(self.tenant))

    def publish(self, policy: Policy, now: int, by: str) -> PolicyStatement:
        """Sign a policy as the next version and hand it to devices with its keys.

        Args:
            policy: compiled.
            now: seconds since the epoch.
            by: the person who does it.

        Raises:
            DeniedError: it adds a use of which the client was not told.
            StateError: a file cannot be written; nothing was published.
        """
        rollout = self.rollout()
        with self._publisher.statements.publishing():
            rollout.require_roof(policy)
            self._require_notice(policy, now, by)
            statement = self._publisher.publish_policy(
                policy, now, now + POLICY_DAYS * DAY, by, self._publisher.target()
            )
            self._publisher.publish_keys(rollout.classes(), now, by)
            self._publisher.publish_keeper(now, by)
        self._publisher.hand_out()
        rollout.settle(now)
        return statement

    def untold(self, policy: Policy) -> list[str]:
        """Return the uses that a policy adds and of which the client was not told.

        Raises:
            StateError: the keeper's register cannot be read.
        """
        register = self._layout.register
        told = notices.delivered(register, NoticeKind.CHANGE_OF_USE)
        return uses.untold(self._publisher.published(), policy, told)

    def _require_notice(self, policy: Policy, now: int, by: str) -> None:
        missing = self.untold(policy)
        if not missing:
            return
        reason = "no-notice"
        self._ledger.add("denied", {"user": by, "denied": reason}, now)
        msg = (
            f"this policy adds {', '.join(missing)}: tell the client first, with "
            "notice change-of-use FILE and, once that was delivered, notice delivered"
        )
        raise DeniedError(reason, msg)

    def publish_law(self, pack: LawPack, now: int, by: str) -> LawStatement:
        """Sign a law pack; the keeper keeps by it from its next round on.

        Args:
            pack: compiled.
            now: seconds since the epoch.
            by: the person who does it.

        Raises:
            StateError: a file cannot be written; nothing was published.
            UsageError: it cannot follow those that were published.
        """
        with self._publisher.statements.publishing():
            return self._publisher.publish_law(pack, now, by)

    def ensure_epochs(self, now: int, by: str = "serve") -> bool:
        """Bring keys, bundle and placements to what is due; cheap when they are.

        After the contract's end nothing is to be sealed any more, so no key is made.

        Args:
            now: seconds since the epoch.
            by: who asks: the service, or a person.

        Returns:
            Whether a new key statement was published.

        Raises:
            StateError: a file cannot be written; devices keep the bundle they have.
        """
        ended = contract.has_ended(self._layout.register, now)
        with self._publisher.statements.publishing():
            self._publisher.learn_ages()
            policy = self.rollout().classes()
            changed = not ended and self._publisher.publish_keys(policy, now, by)
            self._publisher.publish_keeper(now, by)
        self._publisher.hand_out()
        self.rollout().settle(now)
        return changed

    def next_change(self, now: int) -> int:
        """Return when `ensure_epochs` has to be called again at the latest."""
        renewal = self.keys().not_after - epochs.KEYS_RENEWAL_DAYS * DAY
        return min(epochs.next_change(self.rollout().classes(), now), renewal + 1)

    def renew_root(
        self,
        key: SigningKey,
        replaced: Collection[Role],
        now: int,
        by: str,
        change: Change = unchanged,
    ) -> Root:
        """Sign the next root with the offline key, and anew what it no longer covers.

        Args:
            key: a root key, brought here for this.
            replaced: roles that get a new key; what the old one signs is then refused.
            now: seconds since the epoch.
            by: the person who does it.
            change: makes the technicians of the next root of those of the last.

        Raises:
            TrustError: the key is not one of the root's.
            StateError: a file cannot be written.
        """
        if key.public not in self.root().roots:
            msg = "that is not the root key of this collector: look for its other copy"
            raise TrustError(msg)
        for role in Role:
            role_keys.promote(self._layout, role, self.root())
        with self._publisher.statements.publishing():
            fresh = {
                role: role_keys.make_next(self._layout, role)
                for role in Role
                if role in replaced
            }
            technicians = change(self.root().technicians)
            root = next_root(self.root(), fresh, now, technicians)
            octets = signed.sign(SignedKind.ROOT, ROOT.encode(root), [key])
            self._publisher.statements.add(
                self.tenant, SignedKind.ROOT, root.version, octets
            )
            names = ",".join(role.value for role in fresh)
            self._ledger.add(
                "root-signed",
                {"by": by, "version": root.version, "replaced": names},
                now,
            )
            policy = self.policy()
            if Role.POLICY in fresh:
                self._publisher.publish_policy(
                    policy.policy, now, policy.not_after, by, policy.target
                )
                self.rollout().resign(now, by)
            if Role.KEYS in fresh:
                classes = self.rollout().classes()
                self._publisher.publish_keys(classes, now, by, anew=True)
                self._publisher.publish_keeper(now, by, anew=True)
        for role in fresh:
            role_keys.promote(self._layout, role, self.root())
        self._publisher.hand_out()
        self.rollout().settle(now)
        return root

    def add_technician(
        self, key: SigningKey, one: Technician, now: int, by: str
    ) -> int:
        """Name a technician's key in the next root; returns its version.

        Raises:
            TrustError: the key is not one of the root's.
            UsageError: the technician's key is there already, or was removed.
        """
        change = adding(one, self.removals().last().technicians)
        root = self.renew_root(key, (), now, by, change)
        self._ledger.add(
            "technician-added",
            {
                "by": by,
                "technician": one.name,
                "key": one.identity,
                "may": one.may.value,
                "version": root.version,
            },
            now,
        )
        return root.version

    def remove_technician(
        self, one: Technician, key: SigningKey | None, now: int, by: str
    ) -> None:
        """Let a technician's key count no more.

        Args:
            one: whose key.
            key: a root key, to take it out of the root, too; None for later.
            now: seconds since the epoch.
            by: the person who does it.

        Raises:
            TrustError: the key is not one of the root's.
        """
        self._ledger.add(
            "technician-removed",
            {
                "by": by,
                "technician": one.name,
                "key": one.identity,
                "version": self.root().version + (key is not None),
            },
            now,
        )
        self.removals().publish(now, one.identity)
        if key is not None:
            self.renew_root(key, (), now, by, without(one))

    def removals(self) -> Removals:
        """Return who may no longer authorise, and which orders were taken back."""
        return Removals(self.tenant, self._layout, self._store, self.root)

    def issue_token(
        self, valid: int, uses: int, now: int, by: str, spot: Spot = NOWHERE
    ) -> str:
        """Return a new enrolment token; only a digest of its secret is kept.

        Args:
            valid: seconds until it expires.
            uses: how many machines may enrol with it.
            now: seconds since the epoch.
            by: the person who asks.
            spot: the site and the tags of these machines.

        Raises:
            UsageError: out of bounds.
        """
        self.rollout().require_agreement([spot])
        wanted = tokens.Wanted(valid, uses, spot)
        pins = (
            authority_digest(self._publisher.certificate()),
            root_digest(self.root()),
        )
        token = tokens.made(self.configuration.url, self.tenant, pins, wanted, now)
        self._ledger.add("token-issued", tokens.line(token, wanted, by), now)
        digest = secret_digest(token.secret)
        self._store.add_token(self.tenant, digest, token.not_after, uses, spot)
        return format_token(token)

    def rollout(self) -> Rollout:
        """Return what binds policies to tenant, sites and tags."""
        return Rollout(self._publisher, self._store, self._ledger)

    def placing(self) -> Placing:
        """Return what puts devices into sites and under tags."""
        return Placing(self.tenant, self._store, self._ledger, self.rollout())

    def revoke(self, device: bytes, now: int, by: str) -> None:
        """Hear a device no more; what it sent stays until its time is over.

        Raises:
            UsageError: there is no such device.
        """
        self._known(device)
        self._ledger.add("device-revoked", {"by": by, "device": device}, now)
        self._store.set_state(self.tenant, device, DeviceState.REVOKED)

    def label(self, device: bytes, label: str, now: int, by: str) -> None:
        """Name a device for people; the ledger gets no text that people typed.

        Raises:
            UsageError: there is no such device, or the label is unfit.
        """
        if len(label) > LABEL_CHARS or not label.isprintable():
            msg = f"a label has up to {LABEL_CHARS} printable characters"
            raise UsageError(msg)
        self._known(device)
        self._ledger.add("device-labelled", {"by": by, "device": device}, now)
        self._store.set_label(self.tenant, device, label)

    def _known(self, device: bytes) -> None:
        if self._store.device(self.tenant, device) is None:
            msg = "there is no such device: discreet-server device list shows them"
            raise UsageError(msg)


@contextmanager
def open_authority(layout: Layout) -> Iterator[Authority]:
    """Open an installation for acts that devices obey, and close it afterwards.

    Raises:
        InstallationError: there is none that this user can read.
        StateError: a file is absent or damaged.
        TrustError: keyring and master key do not belong together.
    """
    with ExitStack() as stack:
        store = stack.enter_context(closing(open_sealed(layout, Process.OFFICE)))
        ledger = stack.enter_context(closing(SqliteLedger(layout.ledger)))
        keyring = stack.enter_context(opened_when_asked(layout))
        yield stack.enter_context(authority_of(layout, store, ledger, keyring))


@contextmanager
def authority_of(
    layout: Layout, store: Store, ledger: SqliteLedger, keyring: Callable[[], Keyring]
) -> Iterator[Authority]:
    """Open the same for who has the rest of it open; see `open_authority`."""
    with closing(Statements(layout.authority / "statements.sqlite")) as statements:
        yield Authority(layout, store, keyring, ledger, statements)
