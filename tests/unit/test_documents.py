# SPDX-License-Identifier: Apache-2.0
"""What the documents name exists: links, commands, files, targets, dependencies.

Rules: every Markdown file of the repository is looked at; a document that drifts from
the code fails here, with the words that are no longer true.
Not here: generated pages (`tools/gen.py --check`), policies (`test_policy_page.py`).
"""

import argparse
import re
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import __main__ as agent_program
from server import __main__ as server_program

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)\s]+)\)")
INLINE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^ {4,}(.+)$", re.MULTILINE)
COMMAND = re.compile(r"\bdiscreet-(agent|server)((?: +[^\s;|>),]+)*)")
WORD = re.compile(r"[a-z][a-z-]*\Z")
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)+/?\Z")
SUFFIXES = {".cddl", ".json", ".md", ".py", ".svg", ".toml", ".txt"}
INSTALLATION = {"offline", "authority", "gate", "store", "keyring", "ledger"}
"""Folders of a collector, named as such in the documents; not of the repository."""
README_LINES = 120


def _documents() -> list[Path]:
    folders = [
        path
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith(".") and path.name != "build"
    ]
    inner = [path for folder in folders for path in folder.rglob("*.md")]
    return sorted([*ROOT.glob("*.md"), *inner])


DOCUMENTS = [str(path.relative_to(ROOT)) for path in _documents()]


def _text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def _prose(name: str) -> str:
    """Return a document without its fenced blocks."""
    return FENCE.sub("", _text(name))


def _code(name: str) -> Iterator[str]:
    """Yield what a document sets as code, by line."""
    for block in FENCE.findall(_text(name)):
        yield from block.splitlines()[1:-1]
    prose = _prose(name)
    yield from INDENTED.findall(prose)
    yield from INLINE.findall(prose)


def _slug(heading: str) -> str:
    """Return the anchor that a heading gets."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def _broken_links(name: str) -> Iterator[str]:
    for link in LINK.findall(_prose(name)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        if not target.exists():
            yield link
        elif anchor and target.suffix == ".md":
            heads = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
            if anchor not in map(_slug, heads):
                yield link


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    """Every relative link leads to a file, and to a heading where it names one."""
    assert list(_broken_links(name)) == []


def _parser(program: str, command: str) -> argparse.ArgumentParser:
    if program == "agent":
        chosen = command if command in agent_program.COMMANDS else None
        return agent_program._parser(chosen)
    return server_program._parser(server_program._modules(), {})


def _children(
    parser: argparse.ArgumentParser,
) -> dict[str, argparse.ArgumentParser] | None:
    """Return a parser's subcommands; None where it has none."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return None


def _unknown(program: str, words: list[str]) -> Iterator[str]:
    """Yield the words of a command line that no parser knows."""
    found = next((word for word in words if WORD.match(word)), "")
    parser = _parser(program, found)
    waiting = list(words)
    while waiting:
        word = waiting.pop(0).partition("=")[0]
        if word.startswith("-") and len(word) > 1:
            action = parser._option_string_actions.get(word)
            if action is None:
                yield word
            elif action.nargs != 0 and waiting:
                waiting.pop(0)
            continue
        children = _children(parser)
        if children is None:
            continue
        if word in children:
            parser = children[word]
        elif WORD.match(word):
            yield word


@pytest.mark.parametrize("name", DOCUMENTS)
def test_commands_exist(name: str) -> None:
    """Every command line in code has a command and flags that the programs know."""
    wrong = [
        (line, word)
        for line in _code(name)
        for program, rest in COMMAND.findall(line)
        for word in _unknown(program, rest.split())
    ]
    assert wrong == []


def test_an_unknown_command_is_seen() -> None:
    """The check of command lines sees a command, an act and a flag that are not."""
    assert list(_unknown("agent", ["forgive"])) == ["forgive"]
    assert list(_unknown("server", ["device", "remove"])) == ["remove"]
    assert list(_unknown("agent", ["--state", "DIR", "once", "--al"])) == ["--al"]
    assert list(_unknown("server", ["token", "--uses", "20"])) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_paths_exist(name: str) -> None:
    """Every repository path in backticks exists."""
    top = {path.name for path in ROOT.iterdir()}
    missing = [
        path
        for path in INLINE.findall(_prose(name))
        if PATH.match(path)
        and path.partition("/")[0] not in INSTALLATION
        and (path.partition("/")[0] in top or Path(path).suffix in SUFFIXES)
        and not (ROOT / path).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_targets_exist(name: str) -> None:
    """Every `make X` in code is a target."""
    targets = set(re.findall(r"^([a-z-]+):", _text("Makefile"), re.MULTILINE))
    named = {
        word
        for line in _code(name)
        for word in re.findall(r"^(?:[A-Z_]+=\S+ )?make ([a-z-]+)", line)
    }
    assert named - targets == set()


def _declared() -> set[str]:
    project = tomllib.loads(_text("pyproject.toml"))["project"]
    lines = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        lines += extra
    return {re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in lines}


def test_dependencies_are_those_declared() -> None:
    """docs/dependencies.md has one line for each declared package and no other."""
    rows = re.findall(r"^\| `([^`]+)` \|", _text("docs/dependencies.md"), re.MULTILINE)
    assert sorted(rows) == sorted(_declared())


def test_the_architecture_names_every_package() -> None:
    """ARCHITECTURE.md names each top-level package as a folder."""
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    text = _text("ARCHITECTURE.md")
    assert {name for name in packages if f"`{name}/`" not in text} == set()


def test_the_index_leads_to_every_page() -> None:
    """docs/index.md links every page under docs."""
    linked = {
        (ROOT / "docs" / link.partition("#")[0]).resolve()
        for link in LINK.findall(_text("docs/index.md"))
    }
    pages = {path.resolve() for path in (ROOT / "docs").rglob("*.md")}
    missing = pages - linked - {ROOT / "docs" / "index.md"}
    assert sorted(path.name for path in missing) == []


def test_the_picture_stands_alone() -> None:
    """The picture is well-formed, has a title, and fetches nothing."""
    text = _text("docs/architecture.svg")
    picture = ET.fromstring(text)  # noqa: S314 - our own file
    assert picture.find("{http://www.w3.org/2000/svg}title") is not None
    assert not re.search(r"href|@import|@font-face|url\((?!#)", text)


def test_the_readme_is_short() -> None:
    """README.md can be read at one sitting."""
    assert len(_text("README.md").splitlines()) <= README_LINES
