# SPDX-License-Identifier: Apache-2.0
"""Promises of `discreet-server backup`, and of a store that was brought back from one.

Rules: commands run as a person types them, on a real installation.
Not here: what a copy is (`tests/contract/test_store_scrubbing.py`).
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from reader_fixture import Site, make_site, table

from server import __main__ as program
from server.access.actions import Role
from server.access.changing import Changer, People
from server.access.model import Held
from server.access.people import every
from server.access.register import open_people
from server.ledger import SqliteLedger
from server.store.sqlite import open_store

LINES = [{"message": "one"}, {"message": "two"}]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Return an installation that the environment names, with one device's lines."""
    made = make_site(tmp_path / "collector")
    made.say(made.enrol("Desk"), [table("event_logs", LINES)])
    monkeypatch.setenv(program.VARIABLE, str(made.layout.directory))
    yield made
    made.store.close()
    made.keyring.close()


def test_a_copy_is_made_beside_a_gate(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """While the store is open it is copied, and the ledger says so before."""
    copy = tmp_path / "copy.sqlite"
    assert program.main(["backup", str(copy)]) == 0
    assert capsys.readouterr().out == (
        f"The sealed store is in {copy}. It opens nothing without the keyring.\n"
    )
    opened = open_store(copy)
    assert list(opened.envelopes(site.tenant)) == list(
        site.store.envelopes(site.tenant)
    )
    opened.close()
    assert site.acts()[-1].act == "store-copied"


def test_the_people_are_beside_it_and_come_back(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One command copies both; whoever was removed since stays removed."""
    with closing(open_people(site.layout.people)) as register:
        ledger = SqliteLedger(site.layout.ledger)
        people, root = People(register, ledger, site.tenant), Changer("root")
        held = [Held(Role.AUDITOR, site.tenant)]
        for name in ("Ann", "Bo"):
            people.invite(root, name, held, site.now + 60, site.now)
        copy = tmp_path / "copy.sqlite"
        assert program.main(["backup", str(copy)]) == 0
        beside = f"{copy}.people"
        assert f"The people are in {beside}; person restore" in capsys.readouterr().out
        with register.reading() as connection:
            (ann, _) = (entry.person.name for entry in every(connection))
        people.remove(root, ann, site.now)
        ledger.close()
    assert program.main(["person", "restore", beside]) == 2
    assert "stop `serve` and move" in capsys.readouterr().err
    site.layout.people.rename(tmp_path / "former")
    assert program.main(["person", "restore", beside]) == 0
    told = capsys.readouterr()
    assert told.out == (
        "1 people are there again, and nobody is signed in.\n"
        "Since the copy the ledger has: 1 times removed.\n"
    )
    assert program.main(["person", "list"]) == 0
    shown = capsys.readouterr().out
    assert "Bo" in shown
    assert "Ann" not in shown
    assert "people-restored" in {one.act for one in site.acts()}


def test_a_copy_takes_no_place(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is there stays as it is, and the person is told."""
    assert site.tenant
    kept = tmp_path / "kept"
    kept.write_bytes(b"kept")
    assert program.main(["backup", str(kept)]) == 7
    assert capsys.readouterr().err.endswith(
        f"{kept} is there already: choose another name\n"
    )
    assert kept.read_bytes() == b"kept"


def test_an_older_store_is_caught_up(site: Site, tmp_path: Path) -> None:
    """What was destroyed since the copy was made ends again by its tombstones."""
    copy = tmp_path / "copy.sqlite"
    program.main(["backup", str(copy)])
    key = site.key().id
    site.keyring.destroy([key], "maximum-age", site.now)
    site.store.end_key(site.tenant, key, site.now)
    site.store.delete_ended(site.tenant, key, 500)
    site.store.close()
    for end in ("", "-wal", "-shm"):
        Path(f"{site.layout.store}{end}").unlink(missing_ok=True)
    site.layout.store.write_bytes(copy.read_bytes())
    store = open_store(site.layout.store)
    dead = [one.key_id for one in site.keyring.tombstones()]
    assert store.sealed_to(site.tenant, key).envelopes == 1
    assert store.end_keys(site.tenant, dead, site.now) == [key]
    assert store.delete_ended(site.tenant, key, 500).envelopes == 1
    assert store.end_keys(site.tenant, dead, site.now) == []
    assert list(store.envelopes(site.tenant)) == []
    store.close()
