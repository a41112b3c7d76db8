# SPDX-License-Identifier: Apache-2.0
"""Promises of the command line: what it prints.

Rules: commands run as a person types them, on a real installation.
Not here: what it does with devices (`test_commands_device.py`), failures
(`test_commands_failing.py`), pages (`test_commands_documented.py`), what the commands
do (`test_authority_server.py`, `test_install_server.py`).
"""

import io
import json
import re
import sys
from pathlib import Path

import pytest
from authority_acts import NOW, URL

from server import __main__ as program
from server import configuration
from server.authority import open_authority
from server.commands import printing, serve
from server.errors import TrustError
from server.keyring import open_keyring
from server.layout import Layout
from wire.token import parse_token

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def test_init(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`init` makes a collector and says what to do next."""
    directory = tmp_path / "collector"
    arguments = ["--directory", str(directory), "init", "--tenant", "Acme"]
    assert program.main([*arguments, "--url", URL]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "standard, version 1" in printed.out
    for step in (str(directory / "offline"), "serve", "token", "discreet-agent enrol"):
        assert step in printed.out
    assert configuration.read(Layout(directory)).title == "Acme"
    said = " ".join(printed.out.split())
    assert "locked by nothing" in said
    assert f"apart from store and keyring, in {directory}-master" in said
    assert "Nothing locks it but this machine's user and disk" in said
    assert "keyring move-master DIR --master-passphrase-file FILE" in said


def test_init_draws_a_passphrase(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Named and not there, its file is made and locks the key; beside it is refused."""
    directory = tmp_path / "collector"
    arguments = ["--directory", str(directory), "init", "--tenant", "Acme"]
    arguments += ["--url", URL, "--master-passphrase-file"]
    for place in (directory, tmp_path / "collector-master"):
        assert program.main([*arguments, str(place / "words")]) == 2
        assert "would lie beside what it locks" in capsys.readouterr().err
        assert not place.exists()
    words = tmp_path / "medium" / "words"
    words.parent.mkdir()
    assert program.main([*arguments, str(words)]) == 0
    printed = capsys.readouterr()
    assert "locked by    passphrase\n" in printed.out
    assert "keep a second copy of it elsewhere" in printed.err
    assert words.stat().st_mode & 0o777 == 0o600
    drawn = words.read_text().strip()
    assert len(drawn) == 32
    assert drawn not in printed.out + printed.err
    open_keyring(Layout(directory)).close()
    words.write_text("another\n")
    with pytest.raises(TrustError, match="locked by another passphrase"):
        open_keyring(Layout(directory))


@pytest.mark.slow
def test_init_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`init --json` is one JSON document."""
    arguments = ["--directory", str(tmp_path / "c"), "init", "--tenant", "Acme"]
    assert program.main([*arguments, "--url", URL, "--json", "--policy", "full"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["title"], shown["policy"], shown["policy_version"]) == (
        "Acme",
        "full",
        1,
    )
    assert len(shown["tenant"]) == 32


def test_token(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """`token` prints the token alone, so that a script can take it."""
    assert program.main(["token", "--uses", "2", "--valid", "6h"]) == 0
    printed = capsys.readouterr()
    token = parse_token(printed.out)
    assert printed.out.count("\n") == 1
    assert token.tenant == configuration.read(layout).tenant
    assert re.fullmatch(rf"For 2 machines, until {TIME}; .*\n", printed.err)


def test_token_json(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """`token --json` has the token, its uses and its end."""
    assert program.main(["token", "--json"]) == 0
    printed = capsys.readouterr()
    shown = json.loads(printed.out)
    assert parse_token(shown["token"]).url == configuration.read(layout).url
    assert shown["uses"] == 1
    assert re.fullmatch(TIME, shown["not_after"])
    assert printed.err == ""


def test_policy_check_needs_no_installation(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A policy can be checked where there is no collector."""
    monkeypatch.setenv(program.VARIABLE, "/nonexistent")
    assert program.main(["policy", "check", "minimal"]) == 0
    assert capsys.readouterr().out.startswith("minimal, 1 purpose, 2 datasets, ")


def test_policy_check_tells_every_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each problem is shown with its line; the error is still one sentence."""
    path = tmp_path / "mine.toml"
    path.write_text('format = 1\nname = "mine"\n[purpose.fun]\n[purpose.account]\n')
    assert program.main(["policy", "check", str(path)]) == 2
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert [line.split(": ")[0] for line in lines] == [f"{path}:3", f"{path}:4"]
    assert printed.err == (
        f"discreet-server: {path} has 2 problems: correct and check it again\n"
    )


def test_policy_check_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Problems are JSON for a machine."""
    path = tmp_path / "mine.toml"
    path.write_text("format = 1\n")
    assert program.main(["policy", "check", "--json", str(path)]) == 2
    shown = json.loads(capsys.readouterr().out)
    assert {item["line"] for item in shown["problems"]} == {1}


def test_policy_check_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A policy can come from a pipe."""
    stream = io.TextIOWrapper(io.BytesIO(b"format = 3\n"))
    monkeypatch.setattr(sys, "stdin", stream)
    assert program.main(["policy", "check", "-"]) == 2
    assert "-:1: write format = 1" in capsys.readouterr().out


def test_policy_publish(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """Publishing says what is taken more and what less, then does it."""
    assert program.main(["policy", "publish", "minimal"]) == 0
    out = capsys.readouterr().out
    assert "+ provision: liveness is kept 30d" in out
    assert "- support: read by technician" in out
    assert "published as version 2" in out
    with open_authority(layout) as authority:
        assert authority.policy().policy.name == "minimal"


def test_policy_dry_run(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """A dry run says the same and publishes nothing."""
    assert program.main(["policy", "publish", "minimal", "--dry-run"]) == 0
    assert "Nothing was published; devices obey version 1." in capsys.readouterr().out
    with open_authority(layout) as authority:
        assert authority.policy().version == 1


def test_policy_publish_unchanged(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same policy again changes nothing but its time, and that is said."""
    assert program.main(["policy", "publish", "standard"]) == 0
    assert "Nothing changes but how long it is valid." in capsys.readouterr().out
    with open_authority(layout) as authority:
        assert authority.policy().version == 2


def test_policy_show(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """Every dataset and, when asked, every column that devices send is shown."""
    with open_authority(layout) as authority:
        policy = authority.policy().policy
    assert program.main(["policy", "show"]) == 0
    short = capsys.readouterr().out
    assert program.main(["policy", "show", "--columns"]) == 0
    whole = capsys.readouterr().out
    for rules in policy.purposes:
        for item in rules.datasets:
            assert item.dataset in short
            for rule in item.columns:
                line = rf"^{item.dataset} +{re.escape(rule.column)} +"
                assert re.search(line + re.escape(rule.transform), whole, re.MULTILINE)


def test_policy_show_json(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """The policy in JSON has each column with its transform."""
    with open_authority(layout) as authority:
        policy = authority.policy().policy
    assert program.main(["policy", "show", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [item["purpose"] for item in shown["purposes"]] == [
        rules.purpose.value for rules in policy.purposes
    ]
    first = policy.purposes[0].datasets[0]
    assert shown["purposes"][0]["datasets"][0]["columns"] == {
        rule.column: rule.transform for rule in first.columns
    }


def test_ledger(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """The ledger is shown in columns and as JSON, and verifies."""
    assert layout.ledger.exists()
    assert program.main(["ledger", "show"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["NUMBER", "TIME", "ACT", "WHAT", "DIGEST"]
    assert lines[1].startswith("1       2027-01-15T08:00:00Z  installed         by=ame")
    assert program.main(["ledger", "show", "--json", "--after", "4"]) == 0
    (shown,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (shown["number"], shown["act"]) == (5, "keeper-published")
    assert shown["body"] == {"by": "amelie", "version": 1}
    assert program.main(["ledger", "verify", "--json"]) == 0
    verified = json.loads(capsys.readouterr().out)
    digest = shown["digest"]
    assert verified == {"entries": 5, "head": digest, "anchored": 0}


def test_ledger_tampered(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """A ledger that was altered ends with code 4 and names the entry."""
    octets = layout.ledger.read_bytes()
    layout.ledger.write_bytes(octets.replace(b"keeper-published", b"keeper-unpublish"))
    assert program.main(["ledger", "verify"]) == 4
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "entry 5" in printed.err


def test_root(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """The root is shown; with its key the next one is signed and a role's replaced."""
    assert program.main(["root", "show", "--json"]) == 0
    before = json.loads(capsys.readouterr().out)
    key = str(layout.offline / "root.key")
    assert program.main(["root", "renew", "--key", key, "--replace", "policy"]) == 0
    printed = capsys.readouterr().out
    assert "Root version 2 is signed; replaced keys: policy." in printed
    assert program.main(["root", "show", "--json"]) == 0
    after = json.loads(capsys.readouterr().out)
    assert (before["version"], after["version"]) == (1, 2)
    assert before["digest"] == after["digest"]
    assert before["keys"]["policy"] != after["keys"]["policy"]
    assert before["keys"]["keys"] == after["keys"]["keys"]
    assert program.main(["root", "show"]) == 0
    shown = capsys.readouterr().out
    assert f"policy      {after['keys']['policy'][0]}" in shown


def test_serve_brings_keys_up_to_date(layout: Layout) -> None:
    """Before `serve` listens the keys are those of now; then it knows when next."""
    later = NOW + 200 * 86_400
    due = serve.bring_up_to_date(layout, later)
    assert later < due <= later + serve.ROUND_SECONDS * 1440 * 90
    with open_authority(layout) as authority:
        assert authority.keys().version == 2
        assert any(key.start <= later < key.end for key in authority.keys().keys)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "-"),
        (NOW, "2027-01-15T08:00:00Z"),
        (2**63 - 1, "@9223372036854775807"),
    ],
)
def test_moment(seconds: int, shown: str) -> None:
    """A time is ISO 8601 in UTC, whatever a device claimed."""
    assert printing.moment(seconds) == shown
