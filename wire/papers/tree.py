# SPDX-License-Identifier: Apache-2.0
"""The Merkle tree over a ledger (RFC 6962, section 2.1).

Rules: a leaf is an entry's digest; a root stands for all leaves before it and their
order; what grows is kept as its whole subtrees alone (a compact range), so that an
entry more costs a few hashes.
Not here: where the subtrees are kept (`server/ledger.py`), who signs a root
(`note.py`).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from wire.errors import ChainError

_LEAF = b"\x00"
_NODE = b"\x01"


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree that leaves can be added to.

    Attributes:
        size: number of leaves.
        nodes: roots of its whole subtrees, the largest (leftmost) first: one for each
            bit that is set in the size.
    """

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> "Tree":
        """Return the tree with one leaf more."""
        node, nodes, rest = leaf_hash(leaf), self.nodes, self.size
        while rest & 1:
            node, nodes, rest = node_hash(nodes[-1], node), nodes[:-1], rest >> 1
        return Tree(self.size + 1, (*nodes, node))

    def root(self) -> bytes:
        """Return the root: 32 bytes."""
        if not self.nodes:
            return hashlib.sha256().digest()
        root = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            root = node_hash(node, root)
        return root


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(_LEAF + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees."""
    return hashlib.sha256(_NODE + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root of all these leaves."""
    level = [leaf_hash(leaf) for leaf in leaves]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        alone = level[-1:] if len(level) & 1 else []
        level = [*(node_hash(left, right) for left, right in pairs), *alone]
    return level[0] if level else Tree().root()


def inclusion(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the proof that a leaf is in the tree of these leaves.

    Args:
        leaves: all of them, in order.
        index: place of the leaf, from 0.
    """
    if len(leaves) <= 1:
        return ()
    split = _split(len(leaves))
    if index < split:
        return (*inclusion(leaves[:split], index), root_of(leaves[split:]))
    return (*inclusion(leaves[split:], index - split), root_of(leaves[:split]))


def consistency(leaves: Sequence[bytes], before: int) -> tuple[bytes, ...]:
    """Return the proof that the tree of these leaves goes on from a smaller one.

    Args:
        leaves: all of them, in order.
        before: the smaller tree's number of leaves.
    """
    if not 0 < before < len(leaves):
        return ()
    return _subproof(leaves, before, whole=True)


def check_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Require that a leaf has this place in the tree of a root.

    Args:
        leaf: the leaf itself, not its hash.
        index: its place, from 0.
        size: number of leaves of the tree.
        proof: from `inclusion`.
        root: of the tree.

    Raises:
        ChainError: it has not, or the proof is another's.
    """
    if not 0 <= index < size:
        raise _unproven()
    node, place, last = leaf_hash(leaf), index, size - 1
    for step in proof:
        if last == 0:
            raise _unproven()
        left = place & 1 or place == last
        node = node_hash(step, node) if left else node_hash(node, step)
        place, last = _above(place, last)
    if last or node != root:
        raise _unproven()


def check_consistency(
    before: int,
    before_root: bytes,
    after: int,
    after_root: bytes,
    proof: Sequence[bytes],
) -> None:
    """Require that a tree goes on from a smaller one, all of whose leaves it has.

    Args:
        before: the smaller tree's number of leaves.
        before_root: its root.
        after: the larger tree's number of leaves.
        after_root: its root.
        proof: from `consistency`.

    Raises:
        ChainError: it does not, or the proof is another's.
    """
    if before in (0, after):
        same = before_root == (after_root if before else Tree().root())
        if proof or not same:
            raise _unproven()
        return
    if not 0 < before < after or not proof:
        raise _unproven()
    steps = [before_root, *proof] if before & (before - 1) == 0 else list(proof)
    place, last = before - 1, after - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise _unproven()
        if place & 1 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
        else:
            new = node_hash(new, step)
        place, last = _above(place, last)
    if last or (old, new) != (before_root, after_root):
        raise _unproven()


def _above(place: int, last: int) -> tuple[int, int]:
    """Return a node's place, and the last place, where its next step joins it."""
    if place == last:
        while not place & 1 and place:
            place, last = place >> 1, last >> 1
    return place >> 1, last >> 1


def _split(size: int) -> int:
    """Return the largest power of two below a size of at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


def _subproof(
    leaves: Sequence[bytes], before: int, *, whole: bool
) -> tuple[bytes, ...]:
    if before == len(leaves):
        return () if whole else (root_of(leaves),)
    split = _split(len(leaves))
    if before <= split:
        first = _subproof(leaves[:split], before, whole=whole)
        return (*first, root_of(leaves[split:]))
    rest = _subproof(leaves[split:], before - split, whole=False)
    return (*rest, root_of(leaves[:split]))


def _unproven() -> ChainError:
    return ChainError("the proof does not lead to the root of the ledger's tree")
