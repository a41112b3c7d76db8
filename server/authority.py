# SPDX-License-Identifier: Apache-2.0
"""Says what devices obey: policies, purpose keys, tokens and who is heard no more.

Rules: a version is signed once and goes up by one; what devices are given is what was
signed last; every act is in the ledger before it can be seen, and one that cannot be
written there does not happen.
Not here: keys of the first day (`server/install.py`), opening (`server/reader`).
"""

import secrets
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager

from server import configuration, epochs, role_keys
from server.errors import StateError, TrustError, UsageError
from server.key_files import (
    replace_file,
)
from server.keyring import Keyring, open_keyring
from server.layout import Layout
from server.ledger import SqliteLedger
from server.roots import Role, next_root
from server.statements import Statements
from server.store.interface import Device, DeviceState, Store
from server.store.sqlite import open_store
from wire import signed
from wire.crypto.certificates import authority_digest
from wire.crypto.signing import SigningKey
from wire.errors import WireError
from wire.keys import KEY_STATEMENT, KeyStatement, PurposeKey
from wire.policy import POLICY_STATEMENT, Policy, PolicyStatement
from wire.policy_check import DAY
from wire.signed import SignedKind
from wire.token import SECRET_BYTES, Token, format_token, secret_digest
from wire.trust import BUNDLE, ROOT, Bundle, Root, root_digest

POLICY_DAYS = 400
"""A policy is signed anew once a year; a month is left for those who forget."""
TOKEN_SECONDS_MAXIMUM = 30 * DAY
"""A token that lies around for longer is found by others."""
TOKEN_USES_MAXIMUM = 10_000
"""The machines of a large client, enrolled by one script."""
LABEL_CHARS = 100
"""A name that fits a line of a terminal."""
TOKEN_ID_BYTES = 8
"""So much of its digest names a token in the ledger."""


class Authority:
    """The acts of one installation that devices obey."""

    def __init__(
        self,
        layout: Layout,
        store: Store,
        keyring: Keyring,
        ledger: SqliteLedger,
        statements: Statements,
    ) -> None:
        """Take what `open_authority` opened."""
        self._layout = layout
        self._store = store
        self._keyring = keyring
        self._ledger = ledger
        self._statements = statements
        self.configuration = configuration.read(layout)

    @property
    def tenant(self) -> bytes:
        """Return the tenant's 16 bytes."""
        return self.configuration.tenant

    def root(self) -> Root:
        """Return the newest root."""
        return ROOT.decode(self._payload(SignedKind.ROOT))

    def policy(self) -> PolicyStatement:
        """Return the policy statement that was published last."""
        return POLICY_STATEMENT.decode(self._payload(SignedKind.POLICY))

    def keys(self) -> KeyStatement:
        """Return the key statement that was published last."""
        return KEY_STATEMENT.decode(self._payload(SignedKind.KEYS))

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
            StateError: a file cannot be written; nothing was published.
        """
        with self._statements.publishing():
            statement = self._publish_policy(policy, now, now + POLICY_DAYS * DAY, by)
            self._publish_keys(policy, now, by)
        self._hand_out()
        return statement

    def ensure_epochs(self, now: int, by: str = "serve") -> bool:
        """Bring keys and bundle to what this moment needs; cheap when they are.

        Args:
            now: seconds since the epoch.
            by: who asks: the service, or a person.

        Returns:
            Whether a new key statement was published.

        Raises:
            StateError: a file cannot be written; devices keep the bundle they have.
        """
        with self._statements.publishing():
            self._learn_ages()
            changed = self._publish_keys(self.policy().policy, now, by)
        self._hand_out()
        return changed

    def next_change(self, now: int) -> int:
        """Return when `ensure_epochs` has to be called again at the latest."""
        renewal = self.keys().not_after - epochs.KEYS_RENEWAL_DAYS * DAY
        return min(epochs.next_change(self.policy().policy, now), renewal + 1)

    def renew_root(
        self, key: SigningKey, replaced: Collection[Role], now: int, by: str
    ) -> Root:
        """Sign the next root with the offline key, and anew what it no longer covers.

        Args:
            key: a root key, brought here for this.
            replaced: roles that get a new key; what the old one signs is then refused.
            now: seconds since the epoch.
            by: the person who does it.

        Raises:
            TrustError: the key is not one of the root's.
            StateError: a file cannot be written.
        """
        if key.public not in self.root().roots:
            msg = "that is not the root key of this collector: look for its other copy"
            raise TrustError(msg)
        for role in Role:
            role_keys.promote(self._layout, role, self.root())
        with self._statements.publishing():
            fresh = {
                role: role_keys.make_next(self._layout, role)
                for role in Role
                if role in replaced
            }
            root = next_root(self.root(), fresh, now)
            octets = signed.sign(SignedKind.ROOT, ROOT.encode(root), [key])
            self._statements.add(self.tenant, SignedKind.ROOT, root.version, octets)
            names = ",".join(role.value for role in fresh)
            self._ledger.add(
                "root-signed",
                {"by": by, "version": root.version, "replaced": names},
                now,
            )
            policy = self.policy()
            if Role.POLICY in fresh:
                self._publish_policy(policy.policy, now, policy.not_after, by)
            if Role.KEYS in fresh:
                self._publish_keys(policy.policy, now, by, anew=True)
        for role in fresh:
            role_keys.promote(self._layout, role, self.root())
        self._hand_out()
        return root

    def issue_token(self, valid: int, uses: int, now: int, by: str) -> str:
        """Return a new enrolment token; only a digest of its secret is kept.

        Args:
            valid: seconds until it expires.
            uses: how many machines may enrol with it.
            now: seconds since the epoch.
            by: the person who asks.

        Raises:
            UsageError: out of bounds.
        """
        if not 0 < valid <= TOKEN_SECONDS_MAXIMUM:
            msg = f"a token is valid for 30d at most, not for {valid} seconds"
            raise UsageError(msg)
        if not 0 < uses <= TOKEN_USES_MAXIMUM:
            msg = f"a token has 1 to {TOKEN_USES_MAXIMUM} uses"
            raise UsageError(msg)
        secret = secrets.token_bytes(SECRET_BYTES)
        token = Token(
            url=self.configuration.url,
            tenant=self.tenant,
            secret=secret,
            authority=authority_digest(self._certificate()),
            root=root_digest(self.root()),
            not_after=now + valid,
        )
        digest = secret_digest(secret)
        self._ledger.add(
            "token-issued",
            {
                "by": by,
                "token": digest[:TOKEN_ID_BYTES],
                "uses": uses,
                "not_after": token.not_after,
            },
            now,
        )
        self._store.add_token(self.tenant, digest, token.not_after, uses)
        return format_token(token)

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

    def _publish_policy(
        self, policy: Policy, now: int, end: int, by: str
    ) -> PolicyStatement:
        """Sign a policy as the next version."""
        version = self._next_version(SignedKind.POLICY)
        statement = PolicyStatement(self.tenant, version, now, end, policy)
        payload = POLICY_STATEMENT.encode(statement)
        octets = signed.sign(
            SignedKind.POLICY,
            payload,
            [self._key(Role.POLICY)],
        )
        self._statements.add(self.tenant, SignedKind.POLICY, version, octets)
        digest = signed.digest(payload)
        self._ledger.add(
            "policy-published",
            {"by": by, "name": policy.name, "version": version, "digest": digest},
            now,
        )
        return statement

    def _publish_keys(
        self, policy: Policy, now: int, by: str, *, anew: bool = False
    ) -> bool:
        """Sign the keys that this moment needs, unless they are published already."""
        wanted = [self._purpose_key(one, now) for one in epochs.wanted(policy, now)]
        keys = tuple(key for key in wanted if key is not None)
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
        self._statements.add(self.tenant, SignedKind.KEYS, version, octets)
        self._ledger.add(
            "keys-published", {"by": by, "version": version, "keys": len(keys)}, now
        )
        return True

    def _learn_ages(self) -> None:
        """Tell the keyring what its oldest keys were made for; that was not kept."""
        unknown = [
            key for key in self._keyring.live(self.tenant) if not key.maximum_age
        ]
        if not unknown:
            return
        policies = [
            POLICY_STATEMENT.decode(signed.read(octets, SignedKind.POLICY).payload)
            for octets in self._statements.every(self.tenant, SignedKind.POLICY)
        ]
        for key in unknown:
            age = epochs.age_of(key, [one.policy for one in policies])
            if age is not None:
                self._keyring.know_age(key.key_id, age)

    def _purpose_key(self, epoch: epochs.Epoch, now: int) -> PurposeKey | None:
        """Return the key of an epoch; None where it was destroyed, for ever."""
        spot = (epoch.purpose, epoch.retention, epoch.number, epoch.start, epoch.end)
        public = self._keyring.add_epoch(
            self.tenant, *spot, maximum_age=epoch.maximum_age, now=now
        )
        return None if public is None else PurposeKey(*spot, public)

    def _hand_out(self) -> None:
        """Put the bundle of what was signed last into the store, unless it is there."""
        with self._statements.publishing():
            bundle = BUNDLE.encode(
                Bundle(
                    tuple(self._statements.every(self.tenant, SignedKind.ROOT)),
                    self._newest(SignedKind.POLICY),
                    self._newest(SignedKind.KEYS),
                    (self._certificate(),),
                )
            )
            if self._store.bundle(self.tenant) != bundle:
                self._store.publish(self.tenant, bundle)
            self._show_roots()

    def _show_roots(self) -> None:
        """Give the gate the roots that it lacks, for machines that enrol."""
        roots = self._statements.every(self.tenant, SignedKind.ROOT)
        for version, octets in enumerate(roots, 1):
            path = self._layout.gate / "roots" / f"{version:04d}.cbor"
            if not path.exists() or path.read_bytes() != octets:
                replace_file(path, octets)

    def _key(self, role: Role) -> SigningKey:
        return role_keys.key(self._layout, role, self.root())

    def _certificate(self) -> bytes:
        path = self._layout.authority / "authority.der"
        try:
            return path.read_bytes()
        except OSError as error:
            msg = f"cannot read {path}: {error.strerror}"
            raise StateError(msg) from None

    def _newest(self, kind: SignedKind) -> bytes:
        octets = self._statements.newest(self.tenant, kind)
        if octets is None:
            msg = "the signed statements are incomplete: restore them from a backup"
            raise TrustError(msg)
        return octets

    def _payload(self, kind: SignedKind) -> bytes:
        try:
            return signed.read(self._newest(kind), kind).payload
        except WireError:
            msg = "the signed statements are damaged: restore them from a backup"
            raise TrustError(msg) from None

    def _next_version(self, kind: SignedKind) -> int:
        return len(self._statements.every(self.tenant, kind)) + 1


@contextmanager
def open_authority(layout: Layout) -> Iterator[Authority]:
    """Open an installation for acts that devices obey, and close it afterwards.

    Raises:
        InstallationError: there is none that this user can read.
        StateError: a file is absent or damaged.
        TrustError: keyring and master key do not belong together.
    """
    configuration.read(layout)
    with ExitStack() as stack:
        store = open_store(layout.store)
        stack.callback(store.close)
        keyring = open_keyring(layout)
        stack.callback(keyring.close)
        ledger = SqliteLedger(layout.ledger)
        stack.callback(ledger.close)
        statements = Statements(layout.authority / "statements.sqlite")
        stack.callback(statements.close)
        yield Authority(layout, store, keyring, ledger, statements)
