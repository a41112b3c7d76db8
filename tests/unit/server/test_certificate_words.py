# SPDX-License-Identifier: Apache-2.0
"""A certificate as people and programs read it: what was kept, and who decided.

Rules: the certificate is one of the vectors'.
Not here: making and verifying it (`test_keeper_ending.py`, `tests/unit/wire`).
"""

import pytest

from server.commands.certificate_words import plain, show
from tests.vectors import paper_world as papers
from tests.vectors import world


def test_it_names_what_was_kept_and_who_decided(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A case and a person stand in it as plainly as the keys."""
    certificate = papers.certificate(decisions=(papers.decided(),))
    show(certificate)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [papers.CASE.hex()[:12], "hold"] in lines
    decided = next(line for line in lines if line[:1] == ["amelie"])
    assert decided[1:3] == ["counsel", "approve"]
    (said,) = plain(certificate)["decisions"]  # type: ignore[misc]  # a list of one
    assert (said["person"], said["key"]) == (
        "amelie",
        world.signing("amelie").public.hex(),
    )


def test_the_key_of_a_hold_says_that_it_is_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A key that was of no epoch is named by what it was for."""
    show(papers.certificate(keys=(papers.hold_tombstone(),), kept=()))
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    number = papers.hold_tombstone().key_id.hex()[:12]
    (line,) = [line for line in lines if line[:1] == [number]]
    assert line[1] == "hold"
