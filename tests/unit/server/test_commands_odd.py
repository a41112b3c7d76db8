# SPDX-License-Identifier: Apache-2.0
"""Commands in odd places: files of another kind, absurd numbers, closed streams.

Rules: real files and real programs; each oddity is one sentence and its code.
Not here: what commands do otherwise (`test_commands_server.py`).
"""

from pathlib import Path

import pytest

from server import __main__ as program
from server.commands import serve
from server.install import init
from server.layout import Layout

NOW = 1_795_500_000
URL = "https://collector.example:8443"


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """Return an installation that commands find by themselves."""
    made = init(tmp_path / "collector", "Acme", URL, [], None, NOW, user="amelie")
    monkeypatch.setenv(program.VARIABLE, str(made.directory))
    return made


def in_the_way(layout: Layout, name: str) -> None:
    """Put a directory where a file is expected: nobody can open it, not even root."""
    path = layout.directory / name
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "name",
    [
        "store/store.sqlite",
        "keyring/keyring.sqlite",
        "ledger/ledger.sqlite",
        "authority/statements.sqlite",
    ],
)
def test_a_database_that_cannot_be_opened_is_told(
    layout: Layout, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """It is named, with what to do, and the code is that of a file's state."""
    in_the_way(layout, name)
    assert program.main(["token"]) == 7
    assert name in capsys.readouterr().err


def test_a_round_that_fails_is_told_and_tried_again(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever goes wrong in a round of `serve`, the next one comes."""
    assert 0 < serve.one_round(layout, NOW) <= serve.ROUND_SECONDS
    assert capsys.readouterr().err == ""
    in_the_way(layout, "gate/roots/0001.cbor")
    assert serve.one_round(layout, NOW) == serve.ROUND_SECONDS
    told = capsys.readouterr().err
    assert "not brought up to date" in told
    assert told.count("\n") == 1
