# SPDX-License-Identifier: Apache-2.0
"""Finds every sentence by which an error that reaches a page of the console says why.

Rules: modules are found by following imports from where a page's question is answered,
so that a new one counts by being there; what only commands, starts and other processes'
people are told is named here, with its module, and must still be there.
Not here: what is promised of the sentences (`tests/unit/server/test_console_words.py`).
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from server.console.app import _SAID
from server.errors import DeniedError
from server.keeper.by_session import TABLE

ROOT = Path(__file__).parents[1]
SHOWN = {one.__name__ for one in (*_SAID, DeniedError)}
"""Classes whose sentence a page shows; of others it tells the class in own words."""
LISTS = {"list", "show", "status"}
"""Steps of the keeper's acts in which a person types nothing that could be wrong."""
NOT_ON_A_PAGE: Mapping[str, tuple[str, ...]] = {
    "read from config.toml, which an operator corrects at a start": (
        "server.alerts.rule_source",
        "server.configuration",
        "server.configuration_intake",
        "server.configuration_metrics",
        "server.formats.sending",
        "server.gate.privileges",
        "server.keeper.alarms.mail",
        "server.keeper.alarms.webhook",
        "server.keyring.locks",
        "server.keyring.place",
        "server.keyring.token",
        "server.opening",
        "server.store.postgres.where",
    ),
    "done by commands of an operator": (
        "server.anchors",
        "server.authority",
        "server.evidence.measured",
        "server.laws",
        "server.rollout",
        "server.spots",
        "server.targets",
        "server.technicians",
        "server.tokens",
        "server.within",
    ),
    "asked of reader and keeper by commands, and by no page": (
        "server.formats.cyclonedx",
        "server.keeper.case_words",
        "server.keeper.incident_record",
        "server.keeper.notices",
        "server.keeper.rights.clocks",
        "server.keeper.rights.whose",
        "server.reader.accounting",
        "server.reader.subjects",
    ),
}
"""Modules that are imported where pages are answered, and why their words stay off."""
HANDED_ON = {
    "_first_line(error)": "DuckDB's own words, which nobody translates",
    "sentence": "said by another process, where it is found",
    "site.text(asked, 'device.no-part')": "a text of the page",
    "str(error)": "a parameter, see `asking` in test_console_words.py",
}
"""What is no sentence of its place, and whose it is."""
SAMPLE = "x1"
"""Stands where a value does."""
Said = tuple[str, frozenset[str]]
"""A sentence, and the parts of it that are of tables."""
_NO_PARTS: frozenset[str] = frozenset()


@cache
def reached() -> frozenset[str]:
    """Return the modules of the server whose errors can reach a page."""
    acts = sorted((ROOT / "server" / "office" / "acts").glob("[a-z]*.py"))
    waiting = {f"server.office.acts.{one.stem}" for one in acts}
    waiting |= {
        f"server.keeper.acts.{name.replace('-', '_')}"
        for name, opened in TABLE.items()
        if opened.actions.keys() - LISTS
    }
    waiting |= {"server.console.app", "server.office.door", "server.reader.process"}
    waiting |= {"server.query.answer", "server.keeper.acts", "server.office.acts"}
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= set(_imported(_file(name))) - found
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence as a person could read it.

    Attributes:
        where: module and line.
        said: how, with samples for values.
        parts: sentences of tables that stand in it, each with a language of its own.
    """

    where: str
    said: str
    parts: frozenset[str]


@cache
def sentences() -> tuple[Sentence, ...]:
    """Return every sentence by which an error can say on a page why it is one."""
    return tuple(_sentences())


def _sentences() -> Iterator[Sentence]:
    left_out = {name for names in NOT_ON_A_PAGE.values() for name in names}
    for name in sorted(reached() - left_out):
        tree = ast.parse(_file(name).read_text("utf-8"))
        told = _Told(name, vars(import_module(name)))
        for line, said in told.of(tree.body, {}):
            yield Sentence(f"{name}:{line}", *said)


def _file(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names: Sequence[str] = ()
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{one.name}" for one in node.names]
            names = [node.module, *names]
        for name in names:
            inside = name.startswith("server.") and _file(name).exists()
            if inside and not name.startswith("server.commands"):
                yield name


class _Told:
    """The sentences of one module."""

    def __init__(self, module: str, known: Mapping[str, object]) -> None:
        self._module, self._known = module, known

    def of(
        self, body: Sequence[ast.stmt], local: dict[str, ast.expr]
    ) -> Iterator[tuple[int, Said]]:
        """Yield lines and sentences of statements, with what names stand for there."""
        for one in body:
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from self.of(one.body, {})
                continue
            if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
                local[one.targets[0].id] = one.value
            inner = [getattr(one, name, []) for name in ("body", "orelse", "finalbody")]
            inner += [part.body for part in getattr(one, "handlers", [])]
            inner += [part.body for part in getattr(one, "cases", [])]
            if any(inner):
                for part in inner:
                    yield from self.of(part, local)
                continue
            for call in ast.walk(one):
                if isinstance(call, ast.Call):
                    for said in self._of_call(call, local):
                        yield call.lineno, said

    def _of_call(self, call: ast.Call, local: Mapping[str, ast.expr]) -> Iterator[Said]:
        name = ast.unparse(call.func).rpartition(".")[2]
        for one in call.args:
            if isinstance(one, ast.Starred) and isinstance(one.value, ast.Name):
                found = self._known.get(one.value.id)
                if isinstance(found, tuple) and isinstance(found[-1], str):
                    yield found[-1], _NO_PARTS
        if name in SHOWN and call.args and not isinstance(call.args[0], ast.Starred):
            yield from self._said(call.args[-1], local)

    def _said(self, node: ast.expr, local: Mapping[str, ast.expr]) -> Iterator[Said]:
        if isinstance(node, ast.Name) and node.id in local:
            yield from self._said(local[node.id], {})
        elif isinstance(node, ast.Constant):
            yield str(node.value), _NO_PARTS
        elif isinstance(node, ast.JoinedStr):
            yield from self._joined(node, local)
        elif (known := self._values(node)) is not None:
            yield from ((one, _NO_PARTS) for one in known)
        elif ast.unparse(node) not in HANDED_ON:
            msg = f"{self._module}:{node.lineno}: whose words are these?"
            raise LookupError(msg)

    def _joined(
        self, node: ast.JoinedStr, local: Mapping[str, ast.expr]
    ) -> Iterator[Said]:
        """Yield a sentence of parts; one for each of what a part may be."""
        said: list[Said] = [("", _NO_PARTS)]
        for part in node.values:
            one = str(part.value) if isinstance(part, ast.Constant) else SAMPLE
            if isinstance(part, ast.FormattedValue):
                value = part.value
                if isinstance(value, ast.Name):
                    value = local.get(value.id, value)
                known = self._values(value)
                if known is not None:
                    said = [(a + b, c | {b}) for a, c in said for b in known]
                    continue
            said = [(before + one, parts) for before, parts in said]
        yield from said

    def _values(self, node: ast.expr) -> list[str] | None:
        """Return the sentences of a constant, or of a table; None for another thing."""
        attribute = ""
        if isinstance(node, ast.Attribute):
            node, attribute = node.value, node.attr
        if isinstance(node, ast.Name) and not attribute:
            found = self._known.get(node.id)
            return [found] if isinstance(found, str) else None
        if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
            return None
        table = self._known.get(node.value.id)
        if not isinstance(table, Mapping):
            return None
        said = [getattr(one, attribute) if attribute else one for one in table.values()]
        texts = [one for one in said if isinstance(one, str) and one]
        return texts if len(texts) == len([one for one in said if one]) else None
