# SPDX-License-Identifier: Apache-2.0
"""Promises of the command line: what it prints, and how it ends when it cannot.

Rules: commands run as a person types them, on a real installation; the pages for
people are checked against the programs.
Not here: what the commands do (`test_authority.py`, `test_install_server.py`).
"""

import inspect
import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from agent.errors import AgentError
from server import __main__ as program
from server import configuration
from server.authority import open_authority
from server.commands import printing, serve
from server.commands.device import find
from server.errors import ServerError, UsageError
from server.install import init
from server.layout import Layout
from server.store.interface import Device, DeviceState
from server.store.sqlite import open_store
from wire.errors import SignatureError
from wire.token import parse_token, secret_digest

NOW = 1_800_000_000
URL = "https://collector.example.org:8443"
DOCS = Path(__file__).parents[3] / "docs"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """Return an installation that the environment names."""
    layout = init(tmp_path / "collector", "Acme", URL, [], None, NOW, user="amelie")
    monkeypatch.setenv(program.VARIABLE, str(layout.directory))
    return layout


def device(number: int, label: str = "", agent: str = "0.1.0") -> Device:
    """Return a device whose id repeats a number."""
    return Device(
        b"t" * 16,
        bytes([number]) * 16,
        bytes([number]) * 32,
        bytes(1216),
        DeviceState.ACTIVE,
        NOW,
        0,
        agent,
        "Debian 12",
        label,
    )


def enrolled(layout: Layout, agent: str) -> None:
    """Enrol device 17 with a token, as the gate does."""
    with open_authority(layout) as authority:
        token = parse_token(authority.issue_token(60, 1, NOW, "amelie"))
    store = open_store(layout.store)
    made = device(17, agent=agent)
    store.enrol(
        Device(token.tenant, made.device, *_rest(made)),
        secret_digest(token.secret),
        NOW,
    )
    store.close()


def _rest(made: Device) -> tuple[bytes, bytes, DeviceState, int, int, str, str, str]:
    return (
        made.public,
        made.sealing,
        made.state,
        made.enrolled,
        made.seen,
        made.agent,
        made.system,
        made.label,
    )


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


def test_device_list(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """Devices are shown in columns; what they say of themselves moves no cursor."""
    assert program.main(["device", "list"]) == 0
    assert capsys.readouterr().out.startswith("No device is enrolled")
    enrolled(layout, "0.1\x1b[2J\u202e0")
    assert program.main(["device", "list"]) == 0
    out = capsys.readouterr().out
    heading, line = out.splitlines()
    assert line.startswith("111111111111  -      active  2027-01-15T08:00:00Z  -")
    assert heading.index("AGENT") == line.index("0.1")
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_device_acts(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """A device is labelled by its digits, then revoked by its label."""
    enrolled(layout, "0.1.0")
    assert program.main(["device", "label", "1111", "Reception"]) == 0
    assert program.main(["device", "revoke", "Reception"]) == 0
    capsys.readouterr()
    assert program.main(["device", "list", "--json"]) == 0
    (shown,) = json.loads(capsys.readouterr().out)
    assert (shown["device"], shown["label"]) == ("11" * 16, "Reception")
    assert shown["state"] == "revoked"
    assert (shown["enrolled"], shown["seen"]) == ("2027-01-15T08:00:00Z", "-")


@pytest.mark.parametrize("name", ["", "1", "111", "ffff", "desk", "twin"])
def test_find_refuses(name: str) -> None:
    """What names no device, or two, is refused."""
    devices = [device(17, "twin"), device(18, "twin")]
    with pytest.raises(UsageError):
        find(devices, name)


def test_find() -> None:
    """A device is found by its first digits, in either case, or its whole label."""
    devices = [device(0xAB, "desk"), device(18)]
    assert find(devices, "ABAB") == find(devices, "desk") == devices[0]
    assert find(devices, "12121212") == devices[1]


def test_ledger(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """The ledger is shown in columns and as JSON, and verifies."""
    assert layout.ledger.exists()
    assert program.main(["ledger", "show"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["NUMBER", "TIME", "ACT", "WHAT", "DIGEST"]
    assert lines[1].startswith("1       2027-01-15T08:00:00Z  installed         by=ame")
    assert program.main(["ledger", "show", "--json", "--after", "3"]) == 0
    (shown,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (shown["number"], shown["act"]) == (4, "keys-published")
    assert shown["body"] == {"by": "amelie", "keys": 12, "version": 1}
    assert program.main(["ledger", "verify", "--json"]) == 0
    verified = json.loads(capsys.readouterr().out)
    assert verified == {"entries": 4, "head": shown["digest"]}


def test_ledger_tampered(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """A ledger that was altered ends with code 4 and names the entry."""
    octets = layout.ledger.read_bytes()
    layout.ledger.write_bytes(octets.replace(b"keys-published", b"keys-unpublish"))
    assert program.main(["ledger", "verify"]) == 4
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "entry 4" in printed.err


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


ERRORS = [
    (["root", "renew"], 2),
    (["root", "renew", "--key", "/nonexistent"], 7),
    (["root", "renew", "--key", "/nonexistent", "--replace", "gate"], 2),
    ([], 2),
    (["bogus"], 2),
    (["--bogus"], 2),
    (["token", "--uses", "none"], 2),
    (["token", "--uses", "0"], 2),
    (["token", "--valid", "forever"], 2),
    (["token", "--valid", "31d"], 2),
    (["device"], 2),
    (["device", "revoke", "beef"], 2),
    (["policy", "check", "/nonexistent"], 2),
    (["policy", "publish", "/nonexistent"], 2),
    (["ledger", "show", "--after", "x"], 2),
    (["init", "--tenant", "Acme"], 2),
    (["init", "--tenant", "Acme", "--url", "ftp://x"], 2),
    (["init", "--tenant", "Acme", "--url", URL], 3),
    (["--directory", "/nonexistent", "token"], 3),
    (["--directory", "/nonexistent", "serve"], 3),
    (["--directory", "/nonexistent", "ledger", "verify"], 3),
    (["--directory", "/nonexistent", "device", "list"], 3),
    (["--directory", "/nonexistent", "policy", "show"], 3),
    (["--directory", "/proc/x", "init", "--tenant", "Acme", "--url", "http://x"], 2),
    (["--directory", "/proc/x", "init", "--tenant", "Acme", "--url", URL], 7),
]


@pytest.mark.parametrize(("arguments", "code"), ERRORS)
def test_errors_are_one_sentence(
    layout: Layout,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
) -> None:
    """Every mistake is one sentence on standard error, and its code."""
    assert layout.configuration.exists()
    assert program.main(arguments) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert re.fullmatch(r"discreet-server: [^\n]{10,}\n", printed.err), printed.err
    assert "Traceback" not in printed.err


@pytest.fixture
def damaged(layout: Layout, request: pytest.FixtureRequest) -> Layout:
    """Return an installation with one damaged file."""
    (layout.directory / request.param).write_bytes(b"nonsense " * 600)
    return layout


@pytest.mark.parametrize(
    "damaged",
    [
        "config.toml",
        "store/store.sqlite",
        "keyring/keyring.sqlite",
        "ledger/ledger.sqlite",
        "authority/statements.sqlite",
        "authority/authority.der",
    ],
    indirect=True,
)
def test_damage_is_one_sentence(
    damaged: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    """A damaged file is one sentence too, whichever it is."""
    assert damaged.configuration.exists()
    assert program.main(["token"]) in {2, 4, 7}
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert "unexpectedly" not in printed.err


def test_unforeseen_error_tells_no_value() -> None:
    """An error nobody foresaw ends in one sentence without its text."""
    code, sentence = program.told(KeyError("hunter2"))
    assert code == 1
    assert "hunter2" not in sentence
    assert "KeyError" in sentence


def test_known_errors() -> None:
    """Errors of the wire and of the system have their codes."""
    assert program.told(SignatureError("x"))[0] == 4
    assert program.told(KeyboardInterrupt())[0] == 130
    error = PermissionError(13, "Permission denied", "/x")
    assert program.told(error) == (7, "cannot use /x: Permission denied")


@pytest.mark.slow
def test_closed_pipe(layout: Layout) -> None:
    """A reader that has seen enough, such as `head`, causes no complaint."""
    with open_authority(layout) as authority:
        for _ in range(600):
            authority._ledger.add("counted", {"text": "x" * 200}, NOW)
    command = f"{sys.executable} -m server ledger show | head -1"
    done = subprocess.run(  # noqa: S602 - a pipe is what is tested
        command,
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        cwd=DOCS.parent,
        env={**os.environ},
    )
    assert done.stdout.startswith("NUMBER")
    assert done.stderr == ""


@pytest.mark.slow
def test_help_is_light() -> None:
    """`--help` and what it imports touch neither cryptography nor a database."""
    script = (
        "import sys; from server.__main__ import _modules, _parser\n"
        "_parser(_modules(), {}).format_help()\n"
        "print({'cryptography', 'cbor2', 'duckdb', 'sqlite3'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=DOCS.parent,
    )
    assert done.stdout == "set()\n"


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


def _classes(base: type[Exception]) -> set[type[Exception]]:
    return {base}.union(*(_classes(item) for item in base.__subclasses__()))


@pytest.mark.parametrize(
    ("section", "base"),
    [("discreet-server", ServerError), ("discreet-agent", AgentError)],
)
def test_exit_codes_page(section: str, base: type[ServerError | AgentError]) -> None:
    """The page lists each error class once, with its code and its own words."""
    page = (DOCS / "exit-codes.md").read_text()
    table = page.split(f"## {section}\n")[1].split("\n## ")[0]
    rows = re.findall(
        r"^\| (\d+) \| ([a-z-]+) \| ([^|]+) \| [^|]+ \|$", table, re.MULTILINE
    )
    listed = {int(code): meaning for code, _, meaning in rows}
    assert len(rows) == len(listed)
    shipped = [
        item
        for item in _classes(base)
        if item.__module__.startswith(("server.", "agent."))
    ]
    assert listed.keys() == {item.exit_code for item in shipped}  # type: ignore[attr-defined] # of our trees
    for item in shipped:
        if "exit_code" not in vars(item):
            continue  # it shares its parent's code and row
        words = (inspect.getdoc(item) or "").split("\n")[0]
        meaning = listed[item.exit_code]  # type: ignore[attr-defined] # of our trees
        assert words.startswith(meaning.rstrip(".")), item


def test_exit_code_names() -> None:
    """The names on the page are the slugs that the server uses."""
    page = (DOCS / "exit-codes.md").read_text().split("## discreet-agent")[0]
    for item in _classes(ServerError):
        if item.__module__ == "server.errors":
            assert f"| {item.exit_code} | {item.slug} |" in page  # type: ignore[attr-defined] # of our tree


@pytest.mark.parametrize("page", ["run-a-collector.md", "move-the-root-key-offline.md"])
def test_howto_commands_parse(page: str) -> None:
    """Each command on a page for operators is one that the program takes."""
    lines = [
        line.strip()
        for line in (DOCS / "howto" / page).read_text().splitlines()
        if line.startswith("    ") and line.strip().startswith("discreet-server ")
    ]
    assert lines
    parser = program._parser(program._modules(), {})
    for line in lines:
        assert parser.parse_args(shlex.split(line)[1:]).command
