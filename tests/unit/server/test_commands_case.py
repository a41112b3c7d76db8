# SPDX-License-Identifier: Apache-2.0
"""`person` and `case` as people type them, against a keeper that runs.

Rules: the commands are run as they ship, keys are made by them; the keeper is a
process.
Not here: whose decision counts (`test_people.py`).
"""

import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from keeper_fixture import running_keeper
from reader_fixture import Site, make_site

from server import __main__ as program

pytestmark = pytest.mark.slow
PASSPHRASE = "correct horse battery"
ROLES = {"amelie": '["operator", "privacy-officer"]', "bo": '["privacy-officer"]'}
Errors = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Install a collector and run its keeper."""
    made = make_site(tmp_path_factory.mktemp("case") / "collector")
    with running_keeper(made):
        yield made
    made.store.close()
    made.keyring.close()


def typed(site: Site, *arguments: str, code: int = 0) -> str:
    """Run a command on the installation; return what it prints."""
    printed = StringIO()
    with redirect_stdout(printed):
        directory = str(site.layout.directory)
        assert program.main(["--directory", directory, *arguments]) == code
    return printed.getvalue()


@pytest.fixture(scope="module")
def keys(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make two people's keys with the command, and add its lines to config.toml."""
    place = tmp_path_factory.mktemp("keys")
    words = place / "passphrase"
    words.write_text(PASSPHRASE)
    words.chmod(0o600)
    for name, roles in ROLES.items():
        options = ("--passphrase-file", str(words))
        lines = typed(site, "person", "key", str(place / name), *options)
        mine = lines.replace("NAME", name).replace('["requester"]', roles)
        with site.layout.configuration.open("a") as file:
            file.write("\n" + mine)
    return place


def signing(keys: Path, name: str, *more: str) -> tuple[str, ...]:
    """Return the options with which somebody signs."""
    words = str(keys / "passphrase")
    return (
        *("--key", str(keys / name), "--passphrase-file", words),
        *("--reason", "the clock is right", *(more or ("--yes",))),
    )


def cases(site: Site) -> list[dict[str, str]]:
    """Return what `case list --json` prints."""
    found: list[dict[str, str]] = json.loads(typed(site, "case", "list", "--json"))
    return found


def test_one_asks_another_approves(site: Site, keys: Path, capsys: Errors) -> None:
    """Shown in words, refused to who asked, approved by another: it is done."""
    asked = typed(
        site, "keeper", "believe", "2026-01-02T03:04:05Z", *signing(keys, "amelie")
    )
    assert "until  2026-01-02T03:04:05Z\n" in asked
    assert "You, amelie, ask this as operator.\n" in asked
    (case,) = cases(site)
    assert (case["kind"], case["state"]) == ("clock", "asked")
    shown = typed(site, "case", "show", case["id"][:12])
    assert "until  2026-01-02T03:04:05Z\n" in shown
    assert "The case is asked.\n" in shown
    decide = ("case", "decide", case["id"][:12], "--approve")
    typed(site, *decide, *signing(keys, "amelie"), code=6)
    told = capsys.readouterr().err.splitlines()[-1]
    assert told == (
        "discreet-server: who asked cannot decide: another person with role "
        "privacy-officer must"
    )
    approved = typed(site, *decide, *signing(keys, "bo"))
    assert approved.endswith("Signed. The case is done.\n")
    acts = [one.act for one in site.acts()]
    assert acts[-3:] == ["denied", "case-decided", "clock-believed"]


def test_nothing_is_signed_without_a_yes(
    site: Site, keys: Path, capsys: Errors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who answers anything but yes has asked for nothing."""
    monkeypatch.setattr("sys.stdin", StringIO("no\n"))
    before = cases(site)
    more = signing(keys, "amelie", "--role", "operator")
    typed(site, "keeper", "believe", "2026-01-02T03:04:05Z", *more, code=2)
    assert capsys.readouterr().err == "discreet-server: nothing was signed\n"
    assert cases(site) == before


def test_people_are_listed(site: Site, keys: Path) -> None:
    """Who decides is shown with roles and keys; no file of theirs is needed."""
    assert keys.is_dir()
    found = json.loads(typed(site, "person", "list", "--json"))
    assert [(one["name"], one["roles"]) for one in found] == [
        ("amelie", ["operator", "privacy-officer"]),
        ("bo", ["privacy-officer"]),
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("case", "show", "ffffffffffff"), 2, "no case, or more than one, begins"),
        (("case", "show", ""), 2, "no case, or more than one, begins"),
        (("case", "decide", "00"), 2, "is required"),
    ],
)
def test_a_mistake_is_one_sentence(
    site: Site,
    keys: Path,
    capsys: Errors,
    arguments: tuple[str, ...],
    code: int,
    sentence: str,
) -> None:
    """A case that is none and a decision without its parts are told, not guessed."""
    more = signing(keys, "bo") if "decide" in arguments else ()
    typed(site, *arguments, *more, code=code)
    told = capsys.readouterr().err
    assert sentence in told
    assert told.count("\n") == 1


def test_a_wrong_passphrase_opens_no_key(
    site: Site, keys: Path, tmp_path: Path, capsys: Errors
) -> None:
    """Another passphrase is one sentence, and so is one that is too short."""
    words = tmp_path / "words"
    words.write_text("short")
    words.chmod(0o600)
    given = ("--key", str(keys / "bo"), "--passphrase-file", str(words))
    more = (*given, "--reason", "x", "--yes")
    typed(site, "keeper", "believe", "2026-01-02T03:04:05Z", *more, code=4)
    assert "does not open with this passphrase" in capsys.readouterr().err
    options = ("--passphrase-file", str(words))
    typed(site, "person", "key", str(tmp_path / "cy"), *options, code=2)
    assert "shorter than 12 characters" in capsys.readouterr().err
    assert not (tmp_path / "cy").exists()
