# SPDX-License-Identifier: Apache-2.0
"""Promises of the tree over a ledger.

Rules: roots are those of other people's test vectors.
Not here: the ledger that keeps it (`tests/unit/server/test_ledger_tree.py`).
"""

import pytest

from wire.errors import ChainError
from wire.papers import tree
from wire.papers.tree import Tree

MOST = 200
LEAVES = [number.to_bytes(2, "big") for number in range(MOST)]
VECTORS = (
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    (
        "5051525354555657",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    ),
    (
        "606162636465666768696a6b6c6d6e6f",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ),
)
"""Leaf, and the root with it: the vectors of Certificate Transparency's own tests."""


def roots() -> list[bytes]:
    """Return the root of each size up to the most."""
    grown, found = Tree(), [Tree().root()]
    for leaf in LEAVES:
        grown = grown.append(leaf)
        found.append(grown.root())
    return found


def test_vectors() -> None:
    """Each root is the one of Certificate Transparency's vectors."""
    grown = Tree()
    assert grown.root().hex() == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    found = []
    for leaf, _ in VECTORS:
        grown = grown.append(bytes.fromhex(leaf))
        found.append(grown.root().hex())
    assert found == [root for _, root in VECTORS]


def test_compact() -> None:
    """What is kept of a tree is one hash for each bit of its size."""
    grown = Tree()
    for leaf in LEAVES:
        grown = grown.append(leaf)
    assert (grown.size, len(grown.nodes)) == (200, 3)


@pytest.mark.slow
def test_every_inclusion() -> None:
    """Each leaf of each size is proven, and no other leaf by the same proof."""
    root = roots()
    for size in (1, 2, 3, 7, 8, 9, 64, 100, 129, 200):
        for index in range(size):
            proof = tree.inclusion(LEAVES[:size], index)
            tree.check_inclusion(LEAVES[index], index, size, proof, root[size])
            with pytest.raises(ChainError):
                tree.check_inclusion(b"other", index, size, proof, root[size])


@pytest.mark.slow
def test_every_consistency() -> None:
    """Each of the 20,301 pairs of sizes up to 200 is proven to go on one another."""
    root, pairs = roots(), 0
    for after in range(MOST + 1):
        for before in range(after + 1):
            proof = tree.consistency(LEAVES[:after], before)
            tree.check_consistency(before, root[before], after, root[after], proof)
            pairs += 1
    assert pairs == 20_301


@pytest.mark.parametrize("after", [2, 3, 8, 13, 64, 65])
def test_forks_are_inconsistent(after: int) -> None:
    """A tree with another leaf among the first never goes on from them."""
    root = roots()
    for before in range(1, after):
        forked = [b"forked", *LEAVES[1:after]]
        proof = tree.consistency(forked, before)
        with pytest.raises(ChainError, match="does not lead"):
            tree.check_consistency(
                before, root[before], after, tree.root_of(forked), proof
            )


def test_proofs_have_one_length() -> None:
    """A proof with a step more, a step less or none proves nothing."""
    root, size = roots(), 13
    there = tree.inclusion(LEAVES[:size], 4)
    on = tree.consistency(LEAVES[:size], 6)
    for wrong in ((*there, b"\0" * 32), there[:-1], there[1:], ()):
        with pytest.raises(ChainError):
            tree.check_inclusion(LEAVES[4], 4, size, wrong, root[size])
    for wrong in ((*on, b"\0" * 32), on[:-1], on[1:], ()):
        with pytest.raises(ChainError):
            tree.check_consistency(6, root[6], size, root[size], wrong)


@pytest.mark.parametrize(
    ("before", "after"), [(5, 4), (-1, 4), (0, 0), (4, 4)], ids=str
)
def test_impossible_pairs(before: int, after: int) -> None:
    """Sizes that do not follow, or equal ones with other roots, are refused."""
    with pytest.raises(ChainError):
        tree.check_consistency(before, b"\1" * 32, after, b"\2" * 32, ())


@pytest.mark.parametrize("index", [-1, 4, 5])
def test_leaves_outside(index: int) -> None:
    """A place outside of the tree is in no proof."""
    with pytest.raises(ChainError):
        tree.check_inclusion(LEAVES[0], index, 4, (), roots()[4])
