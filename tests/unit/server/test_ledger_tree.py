# SPDX-License-Identifier: Apache-2.0
"""Promises of the ledger's table of acts, its tree, its erasures and its anchors.

Rules: an intruder changes the file itself and has every key but the anchors.
Not here: the tree's form (`tests/unit/wire/test_papers_tree.py`), many tries
(`tests/ledger_tampering`).
"""

import ast
import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from server import ledger_acts
from server.errors import StateError, TrustError
from server.keeper import ledger_ends
from server.keeper.keeping import OPEN_END, Facts
from server.ledger import SqliteLedger
from server.ledger_acts import ACTS
from wire import ledger as chain
from wire.ledger import Head
from wire.papers import tree
from wire.papers.note import Checkpoint

NOW = 1_800_000_000
DAY = 86_400
ENDS = partial(ledger_ends.end, known=Facts())
CANARY = "Zq7-reason-of-Amelie"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the ledger lies."""
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path) -> Iterator[SqliteLedger]:
    """Return a ledger with nine entries."""
    made = SqliteLedger.create(path)
    for number in range(9):
        made.add("store-lost", {"holes": number}, NOW + number)
    yield made
    made.close()


def anchored(ledger: SqliteLedger) -> Checkpoint:
    """Return what an anchor of this moment says."""
    held = ledger.tree()
    return Checkpoint("discreet-ledger/test", held.size, held.root(), bytes(32))


def rewrite(path: Path, size: int) -> None:
    """Cut the ledger after some entries and make all that it keeps fit, as one can."""
    with sqlite3.connect(path) as connection:
        rows = connection.execute(
            "SELECT entry FROM entries WHERE number <= ? ORDER BY number", (size,)
        ).fetchall()
        head, grown = chain.EMPTY, tree.Tree()
        for (entry,) in rows:
            head = Head(head.index + 1, chain.entry_digest(entry))
            grown = grown.append(head.digest)
        connection.execute("DELETE FROM entries WHERE number > ?", (size,))
        connection.execute(
            "UPDATE head SET number = ?, digest = ?", (size, head.digest)
        )
        connection.execute("DELETE FROM tree")
        levels = [level for level in range(64) if size >> level & 1][::-1]
        connection.executemany(
            "INSERT INTO tree VALUES (?, ?)", zip(levels, grown.nodes, strict=True)
        )


def test_a_cut_end_is_found(path: Path, ledger: SqliteLedger) -> None:
    """An end that was cut, with the head rewritten to fit, is seen by its anchor."""
    anchor = anchored(ledger)
    rewrite(path, 6)
    assert ledger.verify() == 6
    with pytest.raises(TrustError, match="ends at entry 6, and an anchor says that th"):
        ledger.verify([anchor])


def test_a_fork_is_found(path: Path, ledger: SqliteLedger) -> None:
    """Other entries in place of anchored ones are seen, and between which anchors."""
    first = anchored(ledger)
    for _ in range(4):
        ledger.add("store-lost", {"holes": 1}, NOW)
    second = anchored(ledger)
    rewrite(path, 10)
    for _ in range(3):
        ledger.add("store-lost", {"holes": 2}, NOW)
    assert ledger.verify([first]) == 13
    with pytest.raises(TrustError, match="rewritten between its entries 10 and 13"):
        ledger.verify([second, first])


def test_anchors_of_a_whole_ledger(ledger: SqliteLedger) -> None:
    """Anchors of each moment hold for the ledger that grew since."""
    empty = Checkpoint("discreet-ledger/test", 0, tree.Tree().root(), bytes(32))
    anchors = [empty]
    for _ in range(20):
        ledger.add("store-lost", {}, NOW)
        anchors.append(anchored(ledger))
    assert ledger.verify(anchors) == 29


def test_the_kept_tree_is_checked(path: Path, ledger: SqliteLedger) -> None:
    """A tree that is not the one of the entries is found without any anchor."""
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE tree SET digest = zeroblob(32) WHERE level = 0")
    with pytest.raises(TrustError, match="tree is not the one of its entries"):
        ledger.verify()


@pytest.mark.parametrize("number", [0, -3, 40])
def test_rows_beside_the_chain_are_found(
    path: Path, ledger: SqliteLedger, number: int
) -> None:
    """A row that no chain covers, which people would be shown, is found."""
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO entries SELECT ?, entry, body, salt FROM entries LIMIT 1",
            (number,),
        )
    with pytest.raises(TrustError, match="has more than its 9 entries"):
        ledger.verify()


def test_proofs(ledger: SqliteLedger) -> None:
    """An entry is proven by its anchor, and an anchor by the next, without the rest."""
    first = anchored(ledger)
    entry = list(ledger.entries())[4]
    tree.check_inclusion(
        entry.digest, 4, first.size, ledger.inclusion(5, first.size), first.root
    )
    ledger.add("store-lost", {}, NOW)
    second = anchored(ledger)
    tree.check_consistency(
        first.size,
        first.root,
        second.size,
        second.root,
        ledger.consistency(first.size, second.size),
    )


def test_an_act_without_a_line(ledger: SqliteLedger) -> None:
    """An act, or a word in its body, that no line names is not written."""
    with pytest.raises(StateError, match="no line for counted"):
        ledger.add("counted", {}, NOW)
    with pytest.raises(StateError, match="no line for value"):
        ledger.add("denied", {"value": "x"}, NOW)
    assert ledger.verify() == 9


def test_bodies_end(path: Path, ledger: SqliteLedger) -> None:
    """A body ends with its days: no octet of it is left, chain and anchors hold."""
    ledger.add("denied", {"user": "amelie", "reason": CANARY}, NOW)
    ledger.add("certified", {"number": 1}, NOW)
    anchor, entry = anchored(ledger), list(ledger.entries())[9]
    assert CANARY.encode() in path.read_bytes()
    assert ledger.erase_due(NOW + 400 * DAY - 1, ENDS) == 0
    assert ledger.erase_due(NOW + 400 * DAY, ENDS) == 1
    assert CANARY.encode() not in path.read_bytes()
    assert ledger.verify([anchor]) == 12
    after = list(ledger.entries())
    assert (after[9].body, after[10].body) == (None, {"number": 1})
    assert (after[11].act, after[11].body) == ("body-erased", {"erased": [[10, 10]]})
    assert after[9].digest == entry.digest


def test_later_endings_leave_what_stands(ledger: SqliteLedger) -> None:
    """Each body ends at its own time; what tells of erasures stays."""
    ledger.add("certified", {"number": 1}, NOW)
    assert ledger.erase_due(NOW + 1_096 * DAY + 4, ENDS) == 5
    assert ledger.erase_due(NOW + 3_653 * DAY, ENDS) == 5
    assert ledger.erase_due(NOW + 40_000 * DAY, ENDS) == 0
    told = [entry.body for entry in ledger.entries() if entry.body is not None]
    assert told == [{"erased": [[1, 5]]}, {"erased": [[6, 10]]}]
    assert ledger.verify() == 12


def test_erased_unsaid(path: Path, ledger: SqliteLedger) -> None:
    """A body that somebody erased on the side is found and named."""
    ledger.erase_due(NOW + 1_096 * DAY, ENDS)
    with sqlite3.connect(path) as connection:
        connection.execute(
            "UPDATE entries SET body = NULL, salt = NULL WHERE number = 7"
        )
    with pytest.raises(TrustError, match="ledger entry 7 was erased, and no entry say"):
        ledger.verify()


def test_erasures_speak_of_what_is_before(path: Path, ledger: SqliteLedger) -> None:
    """An entry cannot say of later ones, or of numbers without end, they are erased."""
    ledger.add("body-erased", {"erased": [[0, 2**62]]}, NOW)
    ledger.add("store-lost", {}, NOW)
    with sqlite3.connect(path) as connection:
        connection.execute(
            "UPDATE entries SET body = NULL, salt = NULL WHERE number = 11"
        )
    with pytest.raises(TrustError, match="ledger entry 11 was erased"):
        ledger.verify()


@pytest.mark.parametrize("erased", [None, 7, [7], [["a", "b"]], [[1, 2, 3]]])
def test_an_erasure_of_another_form(
    ledger: SqliteLedger, erased: "chain.Plain"
) -> None:
    """An erasure that says something else is damage, and named."""
    ledger.add("body-erased", {"erased": erased}, NOW)
    with pytest.raises(TrustError, match="ledger entry 10 is damaged"):
        ledger.verify()


def test_a_ledger_without_a_tree_is_brought_up(
    path: Path, ledger: SqliteLedger
) -> None:
    """The file of an earlier release gets the tree of its entries, and goes on."""
    before = ledger.tree()
    ledger.close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE tree")
        connection.execute("PRAGMA user_version = 0")
    again = SqliteLedger(path)
    assert again.tree() == before
    again.add("store-lost", {}, NOW)
    assert again.verify() == 10
    again.close()


def test_what_the_code_writes_has_a_line() -> None:
    """Each act and each name that the server writes literally is in the table."""
    found = set()
    for path in Path("server").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            match call:
                case ast.Call(
                    ast.Attribute(attr="add"), [ast.Constant(str(act)), body, _]
                ):
                    keys = body.keys if isinstance(body, ast.Dict) else []
                    names = [key.value for key in keys if isinstance(key, ast.Constant)]
                    assert ledger_acts.unknown(act, dict.fromkeys(names)) == "", path
                    found.add(act)
    assert {"opened", "denied", "keeper-begun", "installed"} <= found


def test_every_act_of_the_table_is_a_slug() -> None:
    """Acts and names are words of one form, and none is listed twice elsewhere."""
    for act, rule in ACTS.items():
        assert act.replace("-", "").isalpha()
        assert act.islower()
        assert all(name.replace("_", "").isalpha() for name in rule.fields)
    assert ENDS("opened", NOW) == NOW + 400 * DAY
    assert ENDS("certified", NOW) == NOW + 3_653 * DAY
    assert ENDS("body-erased", NOW) == OPEN_END
