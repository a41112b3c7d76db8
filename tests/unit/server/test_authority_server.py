# SPDX-License-Identifier: Apache-2.0
"""Promises of what the collector tells devices to obey.

Rules: real files and a real store; time is passed in; what devices are given is
checked with the device's own functions, holding what they held before.
Not here: the first day (`test_install_server.py`), acts on devices and a new root
(`test_authority_devices.py`, `test_authority_root.py`).
"""

import sqlite3
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from authority_acts import DAY, NOW, acts, given, policy

from server import configuration, epochs, tls
from server.authority import Authority, open_authority
from server.errors import InstallationError, StateError, TrustError
from server.keyring import Keyring, open_keyring
from server.layout import Layout
from server.store.sqlite import open_store
from wire.crypto.certificates import expiry
from wire.keys import epoch_at
from wire.policy import Policy
from wire.purposes import Purpose


def test_publish_narrows(layout: Layout, authority: Authority) -> None:
    """A narrower policy reaches devices as the next version, with fewer keys."""
    before = given(layout, authority.tenant, NOW, None)
    statement = authority.publish(policy("minimal"), NOW + 60, "amelie")
    after = given(layout, authority.tenant, NOW + 60, before)
    assert statement.version == after.policy.version == 2
    assert [rules.purpose for rules in after.policy.policy.purposes] == [
        Purpose.PROVISION
    ]
    assert {key.purpose for key in after.keys.keys} == {Purpose.PROVISION}
    assert len(after.keys.keys) < len(before.keys.keys)
    assert acts(layout) == ["policy-published", "keys-published"]


def test_old_bundle_is_refused(layout: Layout, authority: Authority) -> None:
    """After a publication the bundle of before is a rollback for a device."""
    store = open_store(layout.store)
    old = store.bundle(authority.tenant) or b""
    authority.publish(policy("minimal"), NOW, "amelie")
    held = given(layout, authority.tenant, NOW, None)
    store.publish(authority.tenant, old)
    with pytest.raises(Exception, match="older than the one already trusted"):
        given(layout, authority.tenant, NOW, held)
    store.close()


def test_publishing_the_same_renews_it(layout: Layout, authority: Authority) -> None:
    """The same policy again is a new version that lasts longer, under the same keys."""
    before = given(layout, authority.tenant, NOW, None)
    authority.publish(policy("standard"), NOW + 3600, "amelie")
    after = given(layout, authority.tenant, NOW + 3600, before)
    assert after.policy.not_after == before.policy.not_after + 3600
    assert after.keys == before.keys


def test_epochs_are_current_and_next(layout: Layout, authority: Authority) -> None:
    """Each retention class has two keys: of now, and of the time just after."""
    keys = given(layout, authority.tenant, NOW, None).keys.keys
    rules = policy("standard").purposes
    assert len(keys) == 2 * sum(len(item.retention) for item in rules)
    for current, following in zip(keys[::2], keys[1::2], strict=True):
        assert current.start <= NOW < current.end == following.start
        assert (current.purpose, current.retention) == (
            following.purpose,
            following.retention,
        )


def test_nothing_to_do(layout: Layout, authority: Authority) -> None:
    """Asking again within an epoch changes nothing and writes no ledger line."""
    assert not authority.ensure_epochs(NOW)
    assert authority.keys().version == 1
    assert acts(layout) == []


@pytest.mark.slow
def test_epochs_roll(layout: Layout, authority: Authority) -> None:
    """At each change of an epoch a device goes on with the next key it held already."""
    held = given(layout, authority.tenant, NOW, None)
    now = NOW
    for version in range(2, 12):
        now = authority.next_change(now)
        assert not authority.ensure_epochs(now - 1)
        assert authority.ensure_epochs(now)
        rolled = given(layout, authority.tenant, now, held)
        assert rolled.keys.version == version
        valid = [key for key in rolled.keys.keys if key.start <= now < key.end]
        assert len(valid) == len(rolled.keys.keys) // 2
        assert set(valid) <= set(held.keys.keys)
        held = rolled


def test_epochs_after_an_absence(layout: Layout, authority: Authority) -> None:
    """A collector that was off for a year has keys of now at once."""
    later = NOW + 365 * DAY
    assert authority.ensure_epochs(later)
    keys = given(layout, authority.tenant, later, None).keys
    assert any(key.start <= later < key.end for key in keys.keys)
    assert keys.not_after > later


def test_statement_is_renewed_without_a_roll(authority: Authority) -> None:
    """A key statement is signed again long before it ends."""
    statement = authority.keys()
    almost = statement.not_after - epochs.KEYS_RENEWAL_DAYS * DAY
    assert epochs.is_current(statement, statement.keys, almost)
    assert not epochs.is_current(statement, statement.keys, almost + 1)


@pytest.fixture
def keyring(layout: Layout) -> Iterator[Keyring]:
    """Return the collector's keyring, as another process has it."""
    opened = open_keyring(layout)
    yield opened
    opened.close()


def test_old_keys_still_open(
    layout: Layout, authority: Authority, keyring: Keyring
) -> None:
    """Rolling takes no key away: what was sealed before still opens."""
    before = given(layout, authority.tenant, NOW, None).keys.keys
    authority.ensure_epochs(NOW + 60 * DAY)
    for key in before:
        scoped = keyring.scoped(authority.tenant, key.purpose, NOW)
        assert scoped.opening_key(key.id) is not None


def test_a_destroyed_epoch_is_not_published_again(
    layout: Layout, authority: Authority, keyring: Keyring
) -> None:
    """A key that died leaves the statement and comes back in no round, at no time.

    Neither does it when the clock goes on and is then set back.
    """
    before = authority.keys().keys
    gone = before[0]
    keyring.destroy([gone.id], "contract", NOW)
    assert authority.ensure_epochs(NOW)
    after = given(layout, authority.tenant, NOW, None).keys.keys
    assert after == tuple(key for key in before if key != gone)
    authority.ensure_epochs(NOW + 60 * DAY)
    authority.ensure_epochs(NOW)
    assert given(layout, authority.tenant, NOW, None).keys.keys == after


def test_ages_of_the_first_release_are_learned(
    layout: Layout, authority: Authority, keyring: Keyring
) -> None:
    """What the first release did not keep comes from the policies that were signed."""
    before = keyring.live(authority.tenant)
    with sqlite3.connect(layout.keyring / "keyring.sqlite") as connection:
        connection.execute("UPDATE epochs SET maximum_age = 0, until = end + 34560000")
    connection.close()
    authority.publish(policy("minimal"), NOW, "amelie")
    authority.ensure_epochs(NOW)
    live = {key.key_id: key for key in keyring.live(authority.tenant)}
    assert [live[key.key_id].until for key in before] == [key.until for key in before]
    assert all(key.maximum_age for key in before)


def test_epoch_numbers(authority: Authority) -> None:
    """Epochs are numbered as both ends compute it."""
    for key in authority.keys().keys:
        rules = authority.policy().policy.rules(key.purpose)
        age = rules.maximum_age(key.retention) if rules else None
        assert age is not None
        assert (key.epoch, key.start, key.end) == epoch_at(key.start, age)


def test_two_publishers(layout: Layout, authority: Authority) -> None:
    """Two publishers never make two statements of one version."""
    with open_authority(layout) as other:
        first = authority.publish(policy("standard"), NOW, "amelie")
        second = other.publish(policy("minimal"), NOW, "bruno")
    assert (first.version, second.version) == (2, 3)
    assert given(layout, authority.tenant, NOW, None).policy.version == 3


def test_interrupted_hand_out(layout: Layout, authority: Authority) -> None:
    """A crash between signing and handing out is made good by the next round."""
    store = open_store(layout.store)
    old = store.bundle(authority.tenant) or b""
    authority.publish(policy("minimal"), NOW, "amelie")
    store.publish(authority.tenant, old)
    store.close()
    assert not authority.ensure_epochs(NOW)
    assert given(layout, authority.tenant, NOW, None).policy.version == 2


def test_no_ledger_no_act(layout: Layout, authority: Authority) -> None:
    """An act that the ledger cannot take does not happen."""
    with sqlite3.connect(layout.ledger) as connection:
        connection.execute("DROP TABLE head")
    for act in (
        lambda: authority.publish(policy("minimal"), NOW, "amelie"),
        lambda: authority.issue_token(60, 1, NOW, "amelie"),
    ):
        with pytest.raises(StateError, match="ledger"):
            act()
    assert authority.policy().version == 1
    assert given(layout, authority.tenant, NOW, None).policy.version == 1


def test_no_installation(tmp_path: Path) -> None:
    """Without an installation the sentence says how to make one."""
    with (
        pytest.raises(InstallationError, match="run discreet-server init"),
        open_authority(Layout(tmp_path)),
    ):
        pass


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        ("keyring/keyring.sqlite", StateError),
        ("../collector-master/master-00000001.key", TrustError),
        ("authority/policy.key", TrustError),
        ("authority/statements.sqlite", StateError),
        ("ledger/ledger.sqlite", StateError),
    ],
)
def test_damage(layout: Layout, damage: str, error: type[Exception]) -> None:
    """A damaged file stops publication with one sentence; devices keep their bundle."""
    tenant = configuration.read(layout).tenant
    before = open_store(layout.store).bundle(tenant)
    (layout.directory / damage).write_bytes(b"nonsense " * 500)
    with (
        pytest.raises(error, match=r"restore|backup"),
        open_authority(layout) as authority,
    ):
        authority.publish(policy("minimal"), NOW, "amelie")
    assert open_store(layout.store).bundle(tenant) == before


def test_certificate_is_made_anew_in_time(layout: Layout, authority: Authority) -> None:
    """The TLS certificate is renewed two months before its end, under the same CA."""
    settings, path = authority.configuration, layout.gate / "tls.pem"
    first = path.read_bytes()
    end = expiry(ssl.PEM_cert_to_DER_cert(first.decode()))
    due = end - tls.RENEWAL_DAYS * DAY
    assert not tls.ensure(layout, settings, due)
    assert path.read_bytes() == first
    assert tls.ensure(layout, settings, due + 1)
    assert expiry(ssl.PEM_cert_to_DER_cert(path.read_text())) > end
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, layout.gate / "tls.key")
    assert not tls.ensure(layout, settings, due + 1)


@pytest.mark.parametrize("name", ["tls.pem", "tls.key"])
def test_certificate_that_does_not_serve(
    layout: Layout, authority: Authority, name: str
) -> None:
    """A damaged or missing half of the TLS pair is made anew."""
    (layout.gate / name).write_text("nonsense")
    assert tls.ensure(layout, authority.configuration, NOW)
    (layout.gate / name).unlink()
    assert tls.ensure(layout, authority.configuration, NOW)
    assert not tls.ensure(layout, authority.configuration, NOW)


def test_missing_role_key(layout: Layout) -> None:
    """A role key that is missing is named in the sentence."""
    (layout.authority / "policy.key").unlink()
    with (
        open_authority(layout) as authority,
        pytest.raises(StateError, match=r"policy\.key"),
    ):
        authority.publish(policy("minimal"), NOW, "amelie")


def kept(age: int) -> Policy:
    """Return the standard policy with another maximum age of all its classes."""
    standard = policy("standard")
    purposes = tuple(
        replace(
            rules,
            retention=tuple(replace(one, maximum_age=age) for one in rules.retention),
        )
        for rules in standard.purposes
    )
    return replace(standard, purposes=purposes)


@pytest.mark.parametrize(
    ("ages", "shortest"),
    [((3, 9), 3), ((9, 3), 3), ((3, 9, 5), 3), ((9,), 9)],
)
def test_the_shortest_age_holds(
    authority: Authority,
    keyring: Keyring,
    ages: tuple[int, ...],
    shortest: int,
) -> None:
    """Of the policies in a key's life the shortest says for how long it is kept.

    Its last second stays: a policy with a typing error loses nothing by itself.
    """
    authority.publish(kept(ages[0] * DAY), NOW + DAY, "amelie")
    mine = {key.id for key in authority.keys().keys}
    for number, age in enumerate(ages[1:], 2):
        authority.publish(kept(age * DAY), NOW + number * DAY, "amelie")
    authority.publish(policy("minimal"), NOW + 9 * DAY, "amelie")
    authority.ensure_epochs(NOW + 9 * DAY)
    live = [key for key in keyring.live(authority.tenant) if key.key_id in mine]
    assert {key.maximum_age for key in live if key.purpose.value != "provision"} == {
        shortest * DAY
    }
    assert {key.until - key.end for key in live} == {ages[0] * DAY}
