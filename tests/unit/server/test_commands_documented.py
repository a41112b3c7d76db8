# SPDX-License-Identifier: Apache-2.0
"""What the pages say of the commands, and what asking for help costs.

Rules: the pages are read as they are.
Not here: what the commands do (`test_commands_server.py`).
"""

import inspect
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from agent.errors import AgentError
from server import __main__ as program
from server.errors import ServerError

DOCS = Path(__file__).parents[3] / "docs"


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


@pytest.mark.parametrize(
    "page",
    [
        "run-a-collector.md",
        "run-several-gates.md",
        "watch-the-collector.md",
        "../operations.md",
        "move-the-root-key-offline.md",
        "account-for-a-device.md",
        "when-data-ends.md",
        "keep-findings.md",
        "look-after-an-incident.md",
        "assess-the-impact.md",
        "be-the-privacy-officer.md",
        "use-the-console-from-a-command-line.md",
    ],
)
def test_howto_commands_parse(page: str) -> None:
    """Each command on a page for operators is one that the program takes."""
    text = (DOCS / "howto" / page).read_text()
    lines = [
        line.strip()
        for line in text.replace("\\\n", " ").splitlines()
        if line.startswith("    ") and line.strip().startswith("discreet-server ")
    ]
    assert lines
    parser = program._parser(program._modules(), {})
    for line in lines:
        typed = line.partition(" > ")[0]  # the shell takes the rest
        assert parser.parse_args(shlex.split(typed)[1:]).command
