# SPDX-License-Identifier: Apache-2.0
"""Promises of why an order came to no whole result: each slug there is has a sentence.

Rules: slugs are found where the agent raises them, so that a new one is named here.
Not here: that each sentence is in every language (`test_console_words.py`).
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import errors
from agent.orders import turn
from agent.outcome import WORDS
from agent.sidecar import question
from wire.endings import DEFECT, ENDINGS, sentence_of
from wire.refusals import SENTENCES

AGENT = Path(errors.__file__).parent
RAISED = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.HostError)
}
TEXTS = [path.read_text("utf-8") for path in sorted(AGENT.rglob("*.py"))]
FILES = [ast.parse(text) for text in TEXTS if "HostError" in text or "reason" in text]
SLUGS = {
    ast.unparse(node.targets[0]): str(node.value.value)
    for file in FILES
    for node in file.body
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
}
"""What names of whole files stand for, for who imports one."""


def raised(node: ast.AST, known: dict[str, str]) -> Iterator[str]:
    """Yield the slugs with which a part of a file raises what a reader may raise.

    Args:
        node: the part.
        known: what names stand for up to here; those of the part are added.
    """
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
        known[ast.unparse(node.targets[0])] = str(node.value.value)
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in RAISED:
        told = node.args[0]
        if isinstance(told, ast.Constant):
            yield str(told.value)
        elif isinstance(told, ast.Name) and (told.id in known or told.id in SLUGS):
            yield known.get(told.id) or SLUGS[told.id]
    inner = dict(known) if isinstance(node, ast.FunctionDef) else known
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.Call | ast.ExceptHandler | ast.match_case):
            yield from raised(child, inner)


def test_every_slug_of_a_reader_has_a_sentence() -> None:
    """Whatever a diagnostic meets on a machine is told in words, and not as a slug."""
    found = {slug for file in FILES for slug in raised(file, {})}
    assert len(found) > 100
    assert found - ENDINGS.keys() == set()
    assert set(question._REASONS) - ENDINGS.keys() == set()


def test_every_end_of_the_agent_has_a_sentence() -> None:
    """How orders end beside their reader is told in words as well."""
    told = {turn.INTERRUPTED, turn.NO_ANSWER, turn.SAID_NO, turn.CRASHED}
    told |= {turn.TIMED_OUT, "truncated", "spool-full", "no-sealing-key"}
    outcomes = WORDS.keys() - {"ok", "none-found", "disabled", "struck-out"}
    assert (told | outcomes) - ENDINGS.keys() == set()


def test_no_slug_means_two_things() -> None:
    """A slug says why an order was not obeyed, or how it ended, and not both."""
    assert ENDINGS.keys() & {one.value for one in SENTENCES} == set()


@pytest.mark.parametrize(
    ("slug", "said"),
    [
        ("said-no", "a person at the machine said no"),
        ("expired", "its time is over: ask again"),
        ("error-zerodivisionerror", DEFECT),
        ("the-moon", "for a reason that this release does not know, the-moon"),
    ],
)
def test_a_slug_is_told_in_words(slug: str, said: str) -> None:
    """Refusals, ends, defects and what a newer agent says each have a sentence."""
    assert sentence_of(slug) == said
