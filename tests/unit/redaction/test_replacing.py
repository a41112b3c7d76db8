# SPDX-License-Identifier: Apache-2.0
"""Tags take the place of what was found, and nothing else moves.

Not here: which tag (`test_tags.py`), what is found (`test_text.py`).
"""

import re
from collections import Counter

import pytest

from agent.redaction import bounds
from agent.redaction.replacing import Replaced, Replacer
from agent.redaction.tallying import REPLACED

KEY = bytes(range(32))


def test_lines_keep_their_places_and_changed_ones_are_told() -> None:
    """Each line stays a line; those with a tag are told, with one tag for all."""
    lines = [b"by wren", b"quiet", b"kite and wren", b""]
    found = [(3, 7, "user"), (14, 18, "host"), (23, 27, "user")]
    assert Replacer(None).replace(lines, found) == Replaced(
        [b"by <user-removed>", b"quiet", b"<host-removed> and <user-removed>", b""],
        [b"by <user_00000000>", b"quiet", b"<host_00000000> and <user_00000000>", b""],
        [0, 2],
    )


def test_a_text_of_several_lines_stays_one() -> None:
    """A text that stands alone keeps its newlines, also within a find."""
    done = Replacer(None).replace([b"k\nAB\nCD\nend"], [(2, 7, "secret")])
    assert done == Replaced(
        [b"k\n<secret-removed>\nend"], [b"k\n<secret-removed>\nend"], [0]
    )


def test_a_find_over_two_lines_is_refused() -> None:
    """A find that leaves its line is an error, for a line would be lost."""
    with pytest.raises(ValueError, match="left its line"):
        Replacer(None).replace([b"ab", b"cd"], [(1, 4, "user")])


def test_what_overlaps_gets_one_tag() -> None:
    """Finds that overlap become one, and the rest of the line stays."""
    done = Replacer(None).replace(
        [b"to wren@kite now"], [(3, 7, "user"), (3, 12, "mail")]
    )
    assert done.parts == [b"to <mail-removed> now"]


def test_the_same_name_has_the_same_tag_until_many_came_and_after() -> None:
    """Tags are made again, the same, when too many values were remembered."""
    replacer = Replacer(KEY)
    first = replacer.replace([b"wren"], [(0, 4, "user")]).parts
    assert re.fullmatch(rb"<user_[0-9a-z]{8}>", first[0])
    kept: list[int] = []
    for number in range(2 * bounds.TAG_ENTRIES):
        kind = ("user", "host")[number % 2]
        replacer.replace([b"%08d" % number], [(0, 8, kind)])
        kept.append(sum(map(len, replacer._made.values())))
    most = bounds.TAG_ENTRIES
    assert kept == [*range(2, most + 1), *range(1, most + 1), 1]
    assert replacer.replace([b"wren"], [(0, 4, "user")]).parts == first


def test_another_replacer_keeps_prefixes_with_the_same_key() -> None:
    """Addresses have other stand-ins, names the same, and both are counted."""
    tally: Counter[tuple[str, str]] = Counter()
    replacer = Replacer(KEY, tally, read=bytes.lower)
    other = replacer.keeping({"ip"})
    line, found = b"WREN at 192.0.2.7", [(0, 4, "user"), (8, 17, "ip")]
    name, address = replacer.replace([line], found).parts[0].split(b" at ")
    same, kept = other.replace([line], found).parts[0].split(b" at ")
    assert same == name
    assert address.startswith(b"<ip_")
    assert kept.startswith(b"<ip4_")
    assert tally == {("user", REPLACED): 2, ("ip", REPLACED): 2}


def test_tags_are_remembered() -> None:
    """A value that comes again costs no second tag."""
    replacer = Replacer(KEY)
    for text in (b"wren", b"kite", b"wren"):
        replacer.replace([text], [(0, 4, "user")])
    assert {kind: [*tags] for kind, tags in replacer._made.items()} == {
        "user": [b"wren", b"kite"]
    }
    assert "wren" not in repr(replacer)


def test_tags_are_counted_by_kind() -> None:
    """Each tag that is put in counts once for its kind."""
    tally: Counter[tuple[str, str]] = Counter()
    replacer = Replacer(None, tally)
    replacer.replace([b"a b", b"c"], [(0, 1, "user"), (2, 3, "host"), (4, 5, "user")])
    assert tally == {("user", REPLACED): 2, ("host", REPLACED): 1}


def test_what_was_read_gives_the_tag() -> None:
    """The tag is that of what an encoding spells, not of its letters."""
    decoded = Replacer(KEY, read=lambda _: b"wren").replace(
        [b"d3Jlbg"], [(0, 6, "user")]
    )
    assert decoded.parts == Replacer(KEY).replace([b"wren"], [(0, 4, "user")]).parts
