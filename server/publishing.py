# SPDX-License-Identifier: Apache-2.0
"""Signs what devices obey and what papers are verified by, and hands it out.

Rules: a version is signed once and goes up by one; what devices are given is what was
signed last; the ledger has each statement before it can be seen.
Not here: which acts a person has (`server/authority.py`), keys of roles
(`server/role_keys.py`), which epochs there must be (`server/epochs.py`).
"""

from collections.abc import Callable
from typing import TypeVar

from server import epochs, laws, role_keys
from server.errors import DeniedError, StateError, TrustError
from server.key_files import replace_file
from server.keyring import Keyring
from server.layout import Layout
from server.ledger import SqliteLedger
from server.register.tickets import Held
from server.roots import Role
from server.statements import SignedPolicy, Statements, policy_of
from server.store.interface import Store
from server.ticket_keys import keys_of
from wire import signed
from wire.cbor import Plain
from wire.crypto.signing import SigningKey
from wire.errors import WireError
from wire.keys import KEY_STATEMENT, KeyStatement, PurposeKey
from wire.papers.keeper import KEEPER_STATEMENT, KeeperStatement, sign_keeper
from wire.papers.law import LAW_STATEMENT, LawPack, LawStatement, sign_law
from wire.placement import is_published
from wire.policy import POLICY_STATEMENT, Policy, PolicyStatement
from wire.policy_check import DAY
from wire.signed import SignedKind
from wire.ticket_key import TicketKey, sign_ticket_key
from wire.trust import BUNDLE, ROOT, Bundle, Root

POLICY_DAYS = 400
"""A policy is signed anew once a year; a month is left for those who forget."""
_INCOMPLETE = "the signed statements are incomplete: restore them from a backup"
_DAMAGED = "the signed statements are damaged: restore them from a backup"
_Found = TypeVar("_Found")


class Publisher:
    """The signed statements of one installation, and who may sign them."""

    def __init__(
        self,
        tenant: bytes,
        layout: Layout,
        store: Store,
        keyring: Callable[[], Keyring],
        ledger: SqliteLedger,
        statements: Statements,
    ) -> None:
        """Take what is open."""
        self.tenant = tenant
        self.statements = statements
        self._layout = layout
        self._store = store
        self._keyring = keyring
        self._ledger = ledger

    def root(self) -> Root:
        """Return the newest root."""
        return ROOT.decode(self._payload(SignedKind.ROOT))

    def policy(self) -> PolicyStatement:
        """Return the policy statement that was published last for all devices."""
        return _there(self._published()).statement

    def target(self) -> str | None:
        """Return for whom the published policy is; None before one was ever bound."""
        published = self._published()
        return published.statement.target if published else None

    def published(self) -> list[PolicyStatement]:
        """Return those that were published for all devices, the oldest first."""
        return [one for one in self.policies() if is_published(one.target)]

    def policies(self) -> list[PolicyStatement]:
        """Return all policy statements, the oldest first; none before the first."""
        return self.statements.policies(self.tenant)

    def keys(self) -> KeyStatement:
        """Return the key statement that was published last."""
        return KEY_STATEMENT.decode(self._payload(SignedKind.KEYS))

    def publish_policy(
        self, policy: Policy, now: int, end: int, by: str, target: str | None = None
    ) -> PolicyStatement:
        """Sign a policy as the next version; a target is for whom, beside all."""
        version = self._next_version(SignedKind.POLICY)
        statement = PolicyStatement(self.tenant, version, now, end, policy, target)
        payload = POLICY_STATEMENT.encode(statement)
        octets = signed.sign(
            SignedKind.POLICY,
            payload,
            [self._key(Role.POLICY)],
        )
        self.statements.add(self.tenant, SignedKind.POLICY, version, octets)
        digest = signed.digest(payload)
        self._ledger.add("policy-published", _line(statement, digest, by), now)
        live = self._keyring().live(self.tenant)
        for number, age in epochs.shortened(live, policy):
            self._keyring().know_age(number, age)
        return statement

    def publish_law(self, pack: LawPack, now: int, by: str) -> LawStatement:
        """Sign a law pack in place of the last one of its jurisdiction.

        Raises:
            UsageError: it cannot follow those that were published.
        """
        laws.check_next(laws.read_packs(self.statements, self.tenant), pack)
        version = self._next_version(SignedKind.LAW)
        statement = LawStatement(self.tenant, version, now, pack)
        octets = sign_law(statement, self._key(Role.POLICY))
        self.statements.add(self.tenant, SignedKind.LAW, version, octets)
        digest = signed.digest(LAW_STATEMENT.encode(statement))
        self._ledger.add(
            "law-published",
            {
                "by": by,
                "version": version,
                "jurisdiction": pack.jurisdiction,
                "rules": len(pack.rules),
                "digest": digest,
            },
            now,
        )
        return statement

    def publish_keys(
        self, policy: Policy, now: int, by: str, *, anew: bool = False
    ) -> bool:
        """Sign the keys that this moment needs, unless they are published already."""
        wanted = [
            (one, self._purpose_key(one, now)) for one in epochs.wanted(policy, now)
        ]
        keys = tuple(key for _, key in wanted if key is not None)
        ends = {key.id: one.end + one.maximum_age for one, key in wanted if key}
        self._store.plan_ends(self.tenant, ends)
        version = self._next_version(SignedKind.KEYS)
        if version > 1 and not anew and epochs.is_current(self.keys(), keys, now):
            return False
        end = now + epochs.KEYS_DAYS * DAY
        payload = KEY_STATEMENT.encode(
            KeyStatement(self.tenant, version, now, end, keys)
        )
        octets = signed.sign(
            SignedKind.KEYS,
            payload,
            [self._key(Role.KEYS)],
        )
        self.statements.add(self.tenant, SignedKind.KEYS, version, octets)
        self._ledger.add(
            "keys-published", {"by": by, "version": version, "keys": len(keys)}, now
        )
        return True

    def publish_keeper(self, now: int, by: str, *, anew: bool = False) -> bool:
        """Sign whose papers are the keeper's, unless that is published already.

        Papers that an earlier key signed stay proven by the statement of their time.

        Args:
            now: seconds since the epoch.
            by: who asks.
            anew: sign whatever there is, for the key of the role is another.

        Returns:
            Whether a new statement was published.
        """
        public = self._keyring().keeper_key().public
        version = self._next_version(SignedKind.KEEPER)
        since = now
        if version > 1:
            last = KEEPER_STATEMENT.decode(self._payload(SignedKind.KEEPER))
            left = last.not_after - now
            same = last.public == public
            if same and left >= epochs.KEYS_RENEWAL_DAYS * DAY and not anew:
                return False
            since = last.since if same else now
        end = now + epochs.KEYS_DAYS * DAY
        statement = KeeperStatement(self.tenant, version, now, end, public, since)
        octets = sign_keeper(statement, self._key(Role.KEYS))
        self.statements.add(self.tenant, SignedKind.KEEPER, version, octets)
        self._ledger.add("keeper-published", {"by": by, "version": version}, now)
        return True

    def ticket_key(self, ticket: str, held: Held, retention: str, now: int) -> bytes:
        """Sign to which key a device seals what is asked of it under a ticket.

        Args:
            ticket: its id.
            held: what is known of it; it is open.
            retention: retention class of what is asked.
            now: seconds since the epoch.

        Raises:
            DeniedError: what it brings cannot be kept.
            StateError: register or keyring cannot be used.
        """
        where, policy = self._layout.register, self.policy().policy
        keys = keys_of(self._keyring(), where, self.tenant, held, policy, now)
        if retention not in keys:
            reason = "ticket-key-ended"
            msg = (
                "what this ticket brings is kept no more, for its key is destroyed or "
                "the contract has ended: open another ticket, such as ID-2"
            )
            raise DeniedError(reason, msg)
        statement = TicketKey(self.tenant, ticket, now, held.until, keys[retention])
        return sign_ticket_key(statement, self._key(Role.KEYS))

    def learn_ages(self) -> None:
        """Tell the keyring the shortest time for which its keys' classes were kept.

        A keyring that comes from a backup or the first release does not know it.
        """
        live = self._keyring().live(self.tenant)
        begun = min((key.created or key.start for key in live), default=0)
        statements = []
        for octets in reversed(self.statements.every(self.tenant, SignedKind.POLICY)):
            statements.append(policy_of(octets))
            if statements[-1].issued < begun:
                break
        for key in live:
            age = epochs.shortest_age(key, statements)
            if age is not None and not 0 < key.maximum_age <= age:
                self._keyring().know_age(key.key_id, age)

    def hand_out(self) -> None:
        """Put the bundle of what was signed last into the store, unless it is there."""
        with self.statements.publishing():
            bundle = BUNDLE.encode(
                Bundle(
                    tuple(self.statements.every(self.tenant, SignedKind.ROOT)),
                    _there(self._published()).octets,
                    self._newest(SignedKind.KEYS),
                    (self.certificate(),),
                )
            )
            if self._store.bundle(self.tenant) != bundle:
                self._store.publish(self.tenant, bundle)
            self._show_roots()

    def certificate(self) -> bytes:
        """Return the CA's certificate, DER.

        Raises:
            StateError: it cannot be read.
        """
        path = self._layout.authority / "authority.der"
        try:
            return path.read_bytes()
        except OSError as error:
            msg = f"cannot read {path}: {error.strerror}"
            raise StateError(msg) from None

    def _purpose_key(self, epoch: epochs.Epoch, now: int) -> PurposeKey | None:
        """Return the key of an epoch; None where it was destroyed, for ever."""
        spot = (epoch.purpose, epoch.retention, epoch.number, epoch.start, epoch.end)
        public = self._keyring().add_epoch(
            self.tenant, *spot, maximum_age=epoch.maximum_age, now=now
        )
        return None if public is None else PurposeKey(*spot, public)

    def _show_roots(self) -> None:
        """Give the gate the roots that it lacks, for machines that enrol."""
        roots = self.statements.every(self.tenant, SignedKind.ROOT)
        for version, octets in enumerate(roots, 1):
            path = self._layout.gate / "roots" / f"{version:04d}.cbor"
            if not path.exists() or path.read_bytes() != octets:
                replace_file(path, octets)

    def policy_key(self) -> SigningKey:
        """Return the key that signs policies, and placements of devices."""
        return self._key(Role.POLICY)

    def _key(self, role: Role) -> SigningKey:
        return role_keys.key(self._layout, role, self.root())

    def _published(self) -> SignedPolicy | None:
        try:
            return self.statements.published(self.tenant)
        except WireError:
            raise TrustError(_DAMAGED) from None

    def _newest(self, kind: SignedKind) -> bytes:
        return _there(self.statements.newest(self.tenant, kind))

    def _payload(self, kind: SignedKind) -> bytes:
        try:
            return signed.read(self._newest(kind), kind).payload
        except WireError:
            raise TrustError(_DAMAGED) from None

    def _next_version(self, kind: SignedKind) -> int:
        return len(self.statements.every(self.tenant, kind)) + 1


def _there(found: _Found | None) -> _Found:
    """Require what every installation has signed."""
    if found is None:
        raise TrustError(_INCOMPLETE)
    return found


def _line(statement: PolicyStatement, digest: bytes, by: str) -> dict[str, Plain]:
    """Return what the ledger says of a policy that was signed."""
    said: dict[str, Plain] = {"by": by, "name": statement.policy.name}
    said |= {"version": statement.version, "digest": digest}
    return said if statement.target is None else said | {"target": statement.target}
