# SPDX-License-Identifier: Apache-2.0
"""The table of which file each user of a divided collector may use.

Rules: it is compared with what has been promised of each process, and with the page.
Not here: that the kernel holds to it (`tests/packaging/test_machine_apart.py`).
"""

import re
from pathlib import Path

from server.apart.places import LOOK, MASTER, PASS, PLACES, WRITE, Allowed
from server.users import User

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "run-apart.md"
_SIGNS = {"": None, "r": LOOK, "rw": WRITE}


def rights() -> dict[str, Allowed]:
    """Return what users may do to the files of each place, and to files by name."""
    found: dict[str, Allowed] = {}
    for place in PLACES:
        if place.within:
            found[f"{place.name}/"] = place.within
        for name, allowed in place.files.items():
            found[f"{place.name}/{name}".lstrip("/")] = allowed
    return found


def names(user: User, *degrees: str) -> set[str]:
    """Return where a user has one of some degrees."""
    return {name for name, one in rights().items() if one.get(user) in degrees}


def test_the_console_has_no_key_and_no_data() -> None:
    """It has its own folder, people, the ledger, settings, and sockets to ask at."""
    assert names(User.CONSOLE, LOOK, WRITE) == {
        *("config.toml", "ledger/ledger.sqlite", "access/people.sqlite", "console/"),
        *("run/reader/", "run/keeper/", "run/office/"),
    }


def test_the_gate_has_its_folder_alone() -> None:
    """It can be on a machine that has nothing else."""
    assert names(User.GATE, LOOK) == {"gate/"}
    assert names(User.GATE, WRITE) == set()


def test_the_reader_writes_what_it_must() -> None:
    """It writes who read, what alerts stand, and its socket; no key and no register."""
    writes = names(User.READER, WRITE)
    assert writes == {
        *("ledger/ledger.sqlite", "keeper/alerts.sqlite"),
        *("run/reader/", "run/reader/ask.lock"),
    }


def test_nobody_has_what_signs_for_the_provider() -> None:
    """Of authority, root and update keys one file is read: the statements."""
    named = {place.name: place for place in PLACES}
    for name in ("authority", "offline", "update-keys"):
        assert set(named[name].here.values()) <= {PASS, LOOK}
        assert named[name].within == {}
    assert named["authority"].files == {
        "statements.sqlite": {User.READER: LOOK, User.KEEPER: LOOK}
    }


def test_only_who_opens_reaches_the_master_key() -> None:
    """Master key and keyring go to the same two, and one of them may write."""
    wanted = {User.READER: LOOK, User.KEEPER: WRITE}
    assert rights()[f"{MASTER}/"] == rights()["keyring/"] == wanted


def test_the_page_says_what_the_table_says() -> None:
    """Each row of the how-to is a right of the table, in its columns."""
    rows = re.findall(
        r"^\| (`[^|]+) \|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|$",
        PAGE.read_text(),
        re.MULTILINE,
    )
    users = (User.GATE, User.READER, User.KEEPER, User.CONSOLE)
    told, seen = rights(), 0
    for names_, *cells in rows:
        for name in re.findall(r"`([^`]+)`", names_):
            if name not in told or "run/" in name:
                continue
            seen += 1
            said = {u: _SIGNS[c.strip()] for u, c in zip(users, cells, strict=True)}
            assert {u: d for u, d in said.items() if d} == told[name], name
    unsaid = {one for one in told if one.startswith("run/")} | {
        *(f"{MASTER}/", "apart", "apart-console", "apart-elsewhere", "store/"),
    }
    assert seen == len(told) - len(unsaid)
