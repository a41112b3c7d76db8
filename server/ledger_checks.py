# SPDX-License-Identifier: Apache-2.0
"""Whether a ledger is whole: its chain, its tree, its erasures and its anchors.

Rules: one pass over all entries; what is wrong is named by the number of the entry;
an anchor stands for each entry before it, so whoever rewrites or cuts the ledger, with
all its keys, must have changed the anchors too.
Not here: where anchors lie (`server/anchors.py`), the chain (`wire/ledger.py`).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from server.errors import TrustError
from server.ledger_acts import BODY_ERASED
from wire import cbor, ledger
from wire.errors import ChainError, DecodeError
from wire.ledger import ENTRY, Head
from wire.papers.note import Checkpoint
from wire.papers.tree import Tree

Row = tuple[bytes, bytes | None, bytes | None]
"""Entry, body and salt, as they are kept."""
_ADVICE = "compare it with a backup, and find out who could write it"


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file says of itself.

    Attributes:
        head: the chain's end.
        tree: over all entries.
        count: rows that there are.
        last: the greatest number of a row; 0 for none.
    """

    head: Head
    tree: Tree
    count: int
    last: int


@dataclass(slots=True)
class _Pass:
    """What was seen on the way.

    Attributes:
        sizes: of which the root is wanted.
        tree: over the entries so far.
        roots: by size.
        erased: numbers of entries without a body.
        told: numbers that an entry says were erased.
        reached: number of the entry that is looked at.
    """

    sizes: frozenset[int]
    tree: Tree = field(default_factory=Tree)
    roots: dict[int, bytes] = field(default_factory=dict)
    erased: set[int] = field(default_factory=set)
    told: set[int] = field(default_factory=set)
    reached: int = 0

    def seen(self, rows: Iterable[tuple[int, Row]], last: int) -> Iterator[Row]:
        """Yield the rows up to a number, and remember what is wanted of them."""
        if 0 in self.sizes:
            self.roots[0] = self.tree.root()
        for number, row in rows:
            if number > last:
                return  # added since: the next verification covers it
            self.reached = number
            self._look(number, row)
            yield row

    def _look(self, number: int, row: Row) -> None:
        entry, body, salt = row
        self.tree = self.tree.append(ledger.entry_digest(entry))
        if self.tree.size in self.sizes:
            self.roots[self.tree.size] = self.tree.root()
        if body is None or salt is None:
            self.erased.add(number)
        elif ENTRY.decode(entry).act == BODY_ERASED:
            self.told |= set(erased_numbers(body, number))


def check(
    rows: Iterable[tuple[int, Row]], kept: Kept, anchors: Collection[Checkpoint]
) -> int:
    """Check a whole ledger and return the number of its entries.

    Args:
        rows: numbers and entries, in order; those behind the head are not looked at.
        kept: what the file says of itself, from before the rows were read.
        anchors: whose signatures were checked.

    Raises:
        TrustError: something was altered, removed, added, moved or erased unsaid; the
            message names the first entry that shows it.
    """
    head = kept.head
    found = _Pass(frozenset(anchor.size for anchor in anchors))
    try:
        ledger.verify(found.seen(rows, head.index), head)
    except DecodeError:
        raise damaged(found.reached) from None
    except ChainError as error:
        raise _wrong(str(error)) from None
    for wrong in _wrong_in(found, kept, anchors):
        raise _wrong(wrong)
    return head.index


def erased_numbers(body: bytes, before: int) -> Iterator[int]:
    """Yield the numbers that a `body-erased` entry names.

    Args:
        body: its body, encoded.
        before: its own number; it speaks of none behind it.

    Raises:
        DecodeError: it is no such body.
    """
    decoded = cbor.decode(body)
    spans = decoded.get("erased") if isinstance(decoded, dict) else None
    if not isinstance(spans, list):
        msg = "not the body of an erasure"
        raise DecodeError(msg)
    for span in spans:
        match span:
            case [int(first), int(last)]:
                yield from range(max(first, 1), min(last + 1, before))
            case _:
                msg = "not a span of numbers"
                raise DecodeError(msg)


def spans(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return ascending numbers as first and last of each run."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = found[-1][0], number
        else:
            found.append((number, number))
    return found


def damaged(number: int) -> TrustError:
    """Return the error of an entry that is none any more."""
    return TrustError(
        f"ledger entry {number} is damaged: compare the ledger with a backup"
    )


def _wrong_in(
    found: _Pass, kept: Kept, anchors: Collection[Checkpoint]
) -> Iterator[str]:
    """Yield what is wrong with a ledger whose chain is whole."""
    size = kept.head.index
    if (kept.count, kept.last) != (size, size):
        yield f"the ledger has more than its {size} entries"
    if found.tree != kept.tree:
        yield "the ledger's tree is not the one of its entries"
    for number in sorted(found.erased - found.told):
        yield f"the body of ledger entry {number} was erased, and no entry says so"
    agreed = 0
    for anchor in sorted(anchors, key=lambda one: one.size):
        if anchor.size > size:
            yield (
                f"the ledger was cut: it ends at entry {size}, and an anchor says that "
                f"there were {anchor.size}"
            )
        elif found.roots[anchor.size] != anchor.root:
            yield (
                f"the ledger was rewritten between its entries {agreed + 1} and "
                f"{anchor.size}: it is not the one that was anchored"
            )
        agreed = anchor.size


def _wrong(what: str) -> TrustError:
    return TrustError(f"{what}: {_ADVICE}")
