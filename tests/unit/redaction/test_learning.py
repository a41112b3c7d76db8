# SPDX-License-Identifier: Apache-2.0
"""A pass that learns whom its texts and typed fields name.

Rules: what a text told counts in later blocks; a word that mostly stands elsewhere
is none; names of fields count at once.
Not here: which names are trusted (`test_learned.py`).
"""

import base64

import pytest

from agent.redaction import bounds
from agent.redaction.learning import Learning


def _taught(*blocks: tuple[bytes, list[bytes]], kind: str = "user") -> Learning:
    """Return what has seen blocks, in each of which names were found."""
    learning = Learning()
    for block, names in blocks:
        spans = []
        at = 0
        for name in names:
            start = block.index(name, at)
            at = start + len(name)
            spans.append((start, at, kind))
        learning.block(block, spans)
    return learning


def test_nothing_is_known_at_first() -> None:
    """A pass starts with no name."""
    assert Learning().lines([b"of amelie99", b""]) == []


def test_lines_that_hold_a_learned_name_are_told() -> None:
    """The numbers of all lines that hold it, and of no other."""
    learning = _taught((b"login of amelie99", [b"amelie99"]))
    assert learning.lines([b"x", b"of AMELIE99", b"y", b"amelie99 amelie99"]) == [1, 3]


def test_a_machine_is_learned_as_a_user_is() -> None:
    """Names of both kinds count."""
    learning = _taught((b"host kiosk-7 up", [b"kiosk-7"]), kind="host")
    assert learning.lines([b"to kiosk-7"]) == [0]


def test_other_kinds_are_not_learned() -> None:
    """Addresses have a shape of their own, and need no learning."""
    learning = _taught((b"from 192.0.2.7", [b"192.0.2.7"]), kind="ip")
    assert learning.lines([b"from 192.0.2.7"]) == []


def test_a_word_that_mostly_stands_elsewhere_is_no_name() -> None:
    """Found once and seen twice: then it is another word."""
    twice = (b"user task-1 task-1", [b"task-1"])
    assert _taught(twice).lines([b"task-1"]) == []
    most = (b"user task-1 user task-1 task-1", [b"task-1", b"task-1"])
    assert _taught(most).lines([b"task-1"]) == [0]


def test_a_word_that_was_settled_is_not_counted_again() -> None:
    """A common word stays one for the pass, so that it is not counted each time."""
    blocks = (
        (b"user task-1 task-1", [b"task-1"]),
        (b"user task-1", [b"task-1"]),
    )
    assert _taught(*blocks).lines([b"task-1"]) == []


def test_names_without_digits_need_to_be_seen_often() -> None:
    """A plain word counts once it stood where a name does often enough."""
    name = b"wrenfield"
    few = b"user wrenfield\n" * (bounds.LEARN_TIMES - 1)
    often = b"user wrenfield\n" * bounds.LEARN_TIMES
    learning = _taught((few, [name] * (bounds.LEARN_TIMES - 1)))
    assert learning.lines([b"of wrenfield"]) == []
    learning = _taught((often, [name] * bounds.LEARN_TIMES))
    assert learning.lines([b"of wrenfield"]) == [0]


def test_a_name_waits_for_the_next_dictionary() -> None:
    """After a change some blocks pass before the dictionary is built anew."""
    first = (b"user amelie99", [b"amelie99"])
    second = (b"user bertil77", [b"bertil77"])
    empty: tuple[bytes, list[bytes]] = (b"", [])
    assert _taught(first, second).lines([b"bertil77"]) == []
    early = _taught(first, second, *[empty] * (bounds.LEARN_BLOCKS - 1))
    assert early.lines([b"bertil77", b"amelie99"]) == [1]
    waited = _taught(first, second, *[empty] * bounds.LEARN_BLOCKS)
    assert waited.lines([b"bertil77", b"amelie99"]) == [0, 1]


def test_nothing_new_is_not_waited_for() -> None:
    """Blocks that taught nothing do not put off the dictionary."""
    taught = _taught((b"", []), (b"user amelie99", [b"amelie99"]))
    assert taught.lines([b"amelie99"]) == [0]


@pytest.mark.parametrize("kind", ["user", "host"])
def test_a_name_keeps_its_class(kind: str) -> None:
    """What was found as a machine's name is found again as one."""
    learning = _taught((b"of amelie99", [b"amelie99"]), kind=kind)
    assert learning.dictionary.find(b"amelie99", b"amelie99") == [(0, 8, kind)]


def test_learned_names_are_looked_for_in_letters_only() -> None:
    """Base64 and hex of names that a text told of would cost too much."""
    learning = _taught((b"of amelie99", [b"amelie99"]))
    hidden = [base64.b64encode(b"user=amelie99;"), b"amelie99".hex().encode()]
    assert learning.lines([*hidden, b"amelie99"]) == [2]


def test_a_plain_word_may_come_again_in_later_blocks() -> None:
    """Its times are added up over blocks."""
    block = (b"user wrenfield", [b"wrenfield"])
    assert _taught(*[block] * (bounds.LEARN_TIMES - 1)).lines([block[0]]) == []
    assert _taught(*[block] * bounds.LEARN_TIMES).lines([block[0]]) == [0]


@pytest.mark.slow
def test_settled_words_are_bounded() -> None:
    """Only so many words are remembered as none of names; then all are forgotten."""

    def common(words: list[bytes]) -> tuple[bytes, list[bytes]]:
        return b" ".join([*words, *words]), words

    words = [b"task-1"] + [b"word%d" % at for at in range(1, bounds.MEMO_ENTRIES)]
    most = bounds.LEARN_MOST
    blocks = [common(words[at : at + most]) for at in range(0, len(words), most)]
    again = (b"user task-1", [b"task-1"])
    assert _taught(*blocks, again).lines([b"task-1"]) == []
    assert _taught(*blocks, common([b"more"]), again).lines([b"task-1"]) == [0]


def test_most_are_learned_first() -> None:
    """Of a flood of names only so many of one block are learned."""
    names = [f"user{number:05}x".encode() for number in range(bounds.LEARN_MOST + 9)]
    learning = _taught((b" ".join([*names, names[-1]]), [*names, names[-1]]))
    assert len(learning.lines(names)) == bounds.LEARN_MOST
    assert learning.lines([names[-1]]) == [0]


def test_fields_count_at_once() -> None:
    """A typed value is known with the next dictionary, whatever it is spelled like."""
    learning = Learning()
    learning.fields([("user", "wrenfield")])
    learning.block(b"", [])
    assert learning.lines([b"of wrenfield"]) == [0]


def test_its_name_shows_none() -> None:
    """What is shown of it is a number."""
    learning = _taught((b"login of amelie99", [b"amelie99"]))
    assert repr(learning) == "<Learning 1>"
