# SPDX-License-Identifier: Apache-2.0
"""Who may authorise diagnostics: how a key comes into the root, and how it goes.

Rules: a real installation, as a person types; a device takes what is handed out by its
own rules.
Not here: what they sign (`test_orders_sent.py`), their keys (`tests/unit/technician`).
"""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from authority_acts import URL, given
from store_chain import DEVICE

from server import __main__ as program
from server.authority import open_authority
from server.commands import serve
from server.install import init
from server.key_files import write_hexadecimal
from server.layout import Layout
from server.ledger import SqliteLedger
from server.store.orders import HeldOrder
from server.store.sqlite import SqliteStore, open_store
from wire.crypto.signing import SigningKey
from wire.limits import REVOCATION_SECONDS
from wire.revocations import Revocations, read_revocations
from wire.technicians import TECHNICIAN, KeyKind, May, Technician

NOW = int(time.time())


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """Return an installation that the environment names."""
    layout = init(tmp_path / "collector", "Acme", URL, [], None, NOW, user="amelie")
    monkeypatch.setenv(program.VARIABLE, str(layout.directory))
    return layout


@pytest.fixture
def lena(tmp_path: Path) -> Technician:
    """Return a technician whose public file is `lena.public`."""
    public = SigningKey.generate().public
    one = Technician("Lena", public, KeyKind.KEY_FILE, May.BOTH)
    (tmp_path / "lena.public").write_bytes(TECHNICIAN.encode(one))
    return one


def typed(*arguments: str, code: int = 0) -> None:
    """Run an act on technicians."""
    assert program.main(["root", "technician", *arguments]) == code


def added(layout: Layout, tmp_path: Path) -> tuple[str, ...]:
    """Return what is typed to add Lena, who may ask."""
    key = layout.offline / "root.key"
    return "add", str(tmp_path / "lena.public"), "--may", "ask", "--key", str(key)


def removals(layout: Layout) -> Revocations:
    """Return the list that devices are told, as a device reads it."""
    with open_authority(layout) as authority:
        tenant, root = authority.tenant, authority.root()
    store = open_store(layout.store)
    octets = store.orders.revocations(tenant)
    store.close()
    assert octets is not None
    return read_revocations(octets, root, 0, int(time.time()))


def acts(layout: Layout) -> list[str]:
    """Return what the ledger has of technicians."""
    every = [entry.act for entry in SqliteLedger(layout.ledger).entries()]
    return [act for act in every if act.startswith("technician")]


def test_a_technician_comes_with_the_next_root(
    layout: Layout, tmp_path: Path, lena: Technician, capsys: pytest.CaptureFixture[str]
) -> None:
    """The offline key names who may ask; the fingerprint is shown to be compared."""
    typed(*added(layout, tmp_path))
    digits = lena.identity.hex()
    told = capsys.readouterr().out
    assert " ".join(digits[at : at + 4] for at in range(0, 32, 4)) in told
    with open_authority(layout) as authority:
        trusted = given(layout, authority.tenant, NOW, None)
    (found,) = trusted.root.technicians
    assert (found.name, found.public, found.may) == ("Lena", lena.public, May.ASK)
    assert acts(layout) == ["technician-added"]


def test_nothing_but_the_root_key_names_a_technician(
    layout: Layout, tmp_path: Path, lena: Technician, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another key is refused in one sentence, and nobody has become a technician."""
    del lena
    write_hexadecimal(tmp_path / "other.key", SigningKey.generate().seed())
    typed(*added(layout, tmp_path)[:-1], str(tmp_path / "other.key"), code=4)
    assert "root key" in capsys.readouterr().err
    with open_authority(layout) as authority:
        assert authority.root().technicians == ()
    assert acts(layout) == []


def test_a_removal_counts_before_the_next_root(
    layout: Layout, tmp_path: Path, lena: Technician
) -> None:
    """Without the offline key devices are told at once whose key counts no more."""
    typed(*added(layout, tmp_path))
    typed("remove", "Lena")
    assert removals(layout).technicians == (lena.identity,)
    with open_authority(layout) as authority:
        assert [one.name for one in authority.root().technicians] == ["Lena"]
    assert acts(layout) == ["technician-added", "technician-removed"]


def test_a_removal_takes_the_key_out_of_the_root(
    layout: Layout, tmp_path: Path, lena: Technician, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the offline key the next root has it no more, and it never comes back."""
    typed(*added(layout, tmp_path))
    digits = lena.identity.hex()[:8]
    typed("remove", digits, "--key", str(layout.offline / "root.key"))
    with open_authority(layout) as authority:
        assert authority.root().technicians == ()
    typed(*added(layout, tmp_path), code=2)
    assert "new one" in capsys.readouterr().err


def test_technicians_are_listed(
    layout: Layout, tmp_path: Path, lena: Technician, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each has a name, what it may and its fingerprint; a removed one is shown so."""
    typed("list")
    assert "Nobody may authorise" in capsys.readouterr().out
    typed(*added(layout, tmp_path))
    typed("remove", "Lena")
    capsys.readouterr()
    typed("list", "--json")
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["name"], found["may"], found["removed"]) == ("Lena", "ask", True)
    assert found["fingerprint"] == lena.identity.hex()
    typed("list")
    assert "removed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "said"), [("\x1b[31mLena", "printable"), ("x" * 65, "too long")]
)
@pytest.mark.usefixtures("lena")
def test_a_name_is_one_that_can_be_shown(
    layout: Layout,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    said: str,
) -> None:
    """What would drive a terminal, or fits no root, is refused in a sentence."""
    code = 2 if said == "printable" else 4
    typed(*added(layout, tmp_path), "--name", name, code=code)
    assert said in capsys.readouterr().err


def test_another_file_is_no_technician(
    layout: Layout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What discreet-authorise did not write is refused in a sentence."""
    (tmp_path / "lena.public").write_bytes(b"-----BEGIN PUBLIC KEY-----")
    typed(*added(layout, tmp_path), code=4)
    assert "no technician's public file" in capsys.readouterr().err


def test_a_key_comes_once(
    layout: Layout, tmp_path: Path, lena: Technician, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that is in the root is not named twice."""
    del lena
    typed(*added(layout, tmp_path))
    typed(*added(layout, tmp_path), "--name", "Max", code=2)
    assert "already" in capsys.readouterr().err


def test_whoever_is_not_there_is_not_removed(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that means nobody is a sentence that says where to look."""
    assert layout.directory.exists()
    typed("remove", "Nobody", code=2)
    assert "technician list" in capsys.readouterr().err


def waits(store: SqliteStore, tenant: bytes) -> None:
    """Let an order wait for a device, for ten minutes."""
    secret = b"k" * 32
    store.add_token(tenant, secret, NOW + 60, 1)
    store.enrol(replace(DEVICE, tenant=tenant), secret, NOW)
    store.orders.hold(
        HeldOrder(tenant, DEVICE.device, b"o" * 16, NOW + 600, b"sealed"), NOW
    )


def test_the_list_stays_fresh_while_an_order_waits(layout: Layout) -> None:
    """A service signs it anew in time, and signs nothing while nobody is asked."""
    with open_authority(layout) as authority:
        tenant, removed = authority.tenant, authority.removals()
        removed.publish(NOW - REVOCATION_SECONDS)
        serve.bring_up_to_date(layout, NOW)
        assert removed.last().issued == NOW - REVOCATION_SECONDS
        store = open_store(layout.store)
        waits(store, tenant)
        serve.bring_up_to_date(layout, NOW)
        assert removed.last().issued == NOW
        serve.bring_up_to_date(layout, NOW + 60)
        assert removed.last().issued == NOW
        store.close()


def test_what_was_cancelled_is_told(layout: Layout) -> None:
    """A withdrawn order is in the list until it could be obeyed no more."""
    with open_authority(layout) as authority:
        store = open_store(layout.store)
        waits(store, authority.tenant)
        store.orders.withdraw(authority.tenant, b"o" * 16, NOW)
        store.close()
        assert authority.removals().publish(NOW).orders == (b"o" * 16,)
        assert authority.removals().publish(NOW + 601).orders == ()
