# SPDX-License-Identifier: Apache-2.0
"""Makes a collector: every key, the first tenant, policy, bundle and ledger.

Rules: an existing installation is never touched; all is built beside the place and
renamed into it, so there is a whole collector or none; no secret leaves its file.
Not here: what happens later (`server/authority.py`), what lies where
(`server/layout.py`).
"""

import datetime as dt
import os
import secrets
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from policies import catalogue, preset
from server import configuration, tls
from server.authority import open_authority
from server.configuration import TENANT_BYTES, Configuration
from server.configuration_keyring import KeyringSettings
from server.configuration_store import StoreSettings
from server.errors import InstallationError, StateError, UsageError
from server.key_files import (
    make_directory,
    sync_directory,
    write_hexadecimal,
    write_new,
)
from server.keyring import Keyring, create_keyring
from server.layout import Layout
from server.ledger import SqliteLedger
from server.opening import open_at
from server.person import user_name
from server.processes import Process, is_address
from server.roots import Role
from server.statements import Statements
from server.store.ending import EndingStore
from server.store.sqlite import create_store
from wire import signed
from wire.crypto.certificates import (
    AUTHORITY_DAYS,
    authority_digest,
    make_authority,
)
from wire.crypto.signing import SigningKey, identity
from wire.policy import Policy
from wire.policy_check import DAY
from wire.policy_source import AGGREGATOR, compile_policy
from wire.signed import SignedKind
from wire.trust import ROOT, Root

AUTHORITY_NAME = "Discreet collector CA"
"""The CA's name in every installation: what counts is its key."""


def master_beside(directory: Path) -> Path:
    """Return where a collector's master key lies if nobody says another place."""
    place = directory.absolute()
    return place.with_name(f"{place.name}-master")


def init(  # noqa: PLR0913 - what a person decides on the first day, all of it
    directory: Path,
    tenant_title: str,
    url: str,
    names: Sequence[str],
    policy_source: bytes | None,
    now: int,
    *,
    user: str | None = None,
    master: KeyringSettings | None = None,
    store: str | None = None,
) -> Layout:
    """Make a collector in a directory that is absent or empty.

    Args:
        directory: where it will live.
        tenant_title: the first tenant's name, for people.
        url: https address under which agents reach the gate.
        names: further DNS names and addresses for its certificate.
        policy_source: the policy's TOML; None for the preset "standard".
        now: seconds since the epoch.
        user: who gets every reader role; None for the user who runs this.
        master: where the keyring's master key will lie, absent or empty, and what locks
            it; None, or no directory, for beside the collector.
        store: address of a PostgreSQL store, prepared for it; None for a file.

    Raises:
        InstallationError: something is in the directory already.
        UsageError: a setting is wrong.
        PolicySourceError: the policy does not compile.
        StateError: the disk refuses.
    """
    person = configuration.check_user(user_name() if user is None else user)
    source = preset("standard") if policy_source is None else policy_source
    today = dt.datetime.fromtimestamp(now, dt.UTC).date()
    policy = compile_policy(source, catalogue(), "policy", today)
    place = directory.absolute()
    keyring = master or KeyringSettings()
    beside = keyring.directory or master_beside(place)
    settings = Configuration(
        configuration.check_url(url),
        tuple(configuration.check_name(name) for name in names),
        secrets.token_bytes(TENANT_BYTES),
        configuration.check_title(tenant_title),
        {person: reader_roles(policy)},
        {configuration.FOLD: person},
        replace(keyring, directory=beside.absolute()),
        store=_store_settings(store),
    )
    _require_free(place)
    _require_free(beside)
    building = _building_place(place)
    try:
        _build(Layout(building), settings, policy, now, person)
        _settle(building, place)
    except BaseException as error:
        shutil.rmtree(beside, ignore_errors=True)
        if not isinstance(error, OSError):
            raise
        msg = f"cannot make {place}: {error.strerror}"
        raise StateError(msg) from None
    finally:
        shutil.rmtree(building, ignore_errors=True)
    sync_directory(place.parent)
    return Layout(place)


def reader_roles(policy: Policy) -> tuple[str, ...]:
    """Return every role of a policy that a person may have: not the aggregator's."""
    named = {role for rules in policy.purposes for role in rules.readers}
    return tuple(sorted(named - {AGGREGATOR}))


def _require_free(place: Path) -> None:
    try:
        taken = place.exists() and (not place.is_dir() or any(place.iterdir()))
    except OSError:
        taken = True
    if taken:
        msg = (
            f"{place} is not empty: choose another --directory; an installed "
            "collector is never overwritten"
        )
        raise InstallationError(msg)


def _building_place(place: Path) -> Path:
    """Return a fresh directory (0700) on the same disk: beside the place, else in it.

    A package, or an image of a container, has made the place for a user who may make
    nothing beside it; a volume is another disk.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = os.access(place.parent, os.W_OK) and not os.path.ismount(place)
        within = place.is_dir() and not beside
        folder = place if within else place.parent
        return Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=folder))
    except OSError as error:
        msg = (
            f"cannot make {place}: {error.strerror}; run init as root, "
            "or choose another --directory"
        )
        raise StateError(msg) from None


def _store_settings(address: str | None) -> StoreSettings | None:
    if address is None:
        return None
    if not is_address(address):
        msg = "--store must be postgresql://HOST/DATABASE?sslmode=verify-full&..."
        raise UsageError(msg)
    return StoreSettings(address)


def _new_store(layout: Layout, settings: Configuration) -> EndingStore:
    """Make the store in its file, or open the one that a database was prepared for."""
    if settings.store is None:
        return create_store(layout.store)
    return open_at(settings.store.address_of(Process.OFFICE), Process.OFFICE)


def _settle(building: Path, place: Path) -> None:
    """Have all that was built in its place; without its settings it is no collector."""
    if building.parent != place:
        building.rename(place)
        return
    settings = Layout(building).configuration
    for one in building.iterdir():
        if one != settings:
            one.rename(place / one.name)
    sync_directory(place)
    settings.rename(place / settings.name)
    sync_directory(place)


def _build(
    layout: Layout, settings: Configuration, policy: Policy, now: int, person: str
) -> None:
    """Write all files of a collector into an empty directory."""
    for path in (layout.offline, layout.authority, layout.gate):
        make_directory(path)
    for path in (layout.store.parent, layout.ledger.parent, layout.run):
        make_directory(path)
    configuration.write(layout, settings)
    configuration.read(layout)
    ledger = SqliteLedger.create(layout.ledger)
    store = _new_store(layout, settings)
    keyring = create_keyring(layout, settings.keyring, now)
    statements = Statements.create(layout.authority / "statements.sqlite")
    try:
        root = _make_keys(layout, settings, keyring, now)
        octets = signed.sign(SignedKind.ROOT, ROOT.encode(root[0]), [root[1]])
        write_hexadecimal(layout.offline / "root.key", root[1].seed())
        make_directory(layout.gate / "roots")
        with statements.publishing():
            statements.add(settings.tenant, SignedKind.ROOT, 1, octets)
        ledger.add("installed", {"by": person, "tenant": settings.tenant}, now)
        signer = identity(root[1].public)
        ledger.add("root-signed", {"by": person, "version": 1, "root": signer}, now)
    finally:
        for item in (statements, keyring, store, ledger):
            item.close()
    with open_authority(layout) as authority:
        authority.publish(policy, now, person)


def _make_keys(
    layout: Layout, settings: Configuration, keyring: Keyring, now: int
) -> tuple[Root, SigningKey]:
    """Make every key but the keyring's; return the first root and its key."""
    root, gate = SigningKey.generate(), SigningKey.generate()
    write_hexadecimal(layout.gate / "gate.key", gate.seed())
    roles = {}
    for role in Role:
        roles[role] = SigningKey.generate()
        write_hexadecimal(layout.authority / f"{role.value}.key", roles[role].seed())
    authority = make_authority(AUTHORITY_NAME, now)
    write_new(layout.authority / "authority.key", authority.key)
    write_new(layout.authority / "authority.der", authority.certificate)
    write_new(layout.gate / "authority.der", authority.certificate)
    tls.make(layout, settings, authority, now)
    return (
        Root(
            tenant=settings.tenant,
            version=1,
            issued=now,
            not_after=now + AUTHORITY_DAYS * DAY,
            threshold=1,
            roots=(root.public,),
            policy=(roles[Role.POLICY].public,),
            keys=(roles[Role.KEYS].public,),
            revocation=(roles[Role.REVOCATION].public,),
            gate=(gate.public,),
            store=(keyring.store_role_key().public,),
            authorities=(authority_digest(authority.certificate),),
            technicians=(),
        ),
        root,
    )
