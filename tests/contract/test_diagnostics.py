# SPDX-License-Identifier: Apache-2.0
"""What every diagnostic promises, whatever it reads.

Rules: each diagnostic in the folder is tested; nothing is listed by hand.
Not here: one diagnostic's own cases (`tests/unit/diagnostics`), real probes
(`tests/e2e/test_probes.py`).
"""

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.diagnostics import Case, Source, bound, checked, names, sources
from agent.errors import HostError
from agent.governor.budgets import Budget
from agent.host import this_host
from agent.outcome import OVER_BUDGET
from agent.reading import run_reader
from agent.rows import Example, Want
from tests.column_types import PYTHON
from tests.diagnostic_fixture import columns_of, read, values, wanting
from tests.host_fixture import EVERY_ROOT_COLUMN, recorded_host
from wire.catalogue import System, storage
from wire.diagnostics import Parameter, ParameterType
from wire.errors import ParameterError
from wire.transforms import check_call
from wire.transforms.call import parse_call

ALL = sources()
REQUEST = "00112233445566778899aabbccddeeff"
SECRETS = ("environ", "cmdline", "shadow", ".ssh", "cookies", "history")
HOSTILE = (
    "",
    "x" * 500,
    "-x",
    "--output=/etc/shadow",
    "a;id",
    "$(id)",
    "`id`",
    "a|b&c",
    "../../etc/shadow",
    "/etc/shadow",
    "a\0b",
    "a\nb",
    "a\u202eb",
    "\\\\server\\share",
    "%s%n",
    "{0.__class__}",
)
CASES = [
    pytest.param(name, case, id=f"{name}-{index}")
    for name, item in sorted(ALL.items())
    for index, case in enumerate(item.examples)
]


def defaults(found: Source) -> dict[str, str]:
    """Return a fit text for each parameter that has no default."""
    fit = {"host": "localhost", "service": "ssh", "interface": "lo"}
    return {
        item.name: fit[item.name]
        for item in found.asked.parameters
        if item.default is None
    }


def test_the_folder_is_the_catalogue() -> None:
    """Every file of the folder is a diagnostic, and no other is one."""
    assert set(names()) == set(ALL)


@pytest.mark.parametrize("name", sorted(ALL))
def test_two_examples(name: str) -> None:
    """Every diagnostic shows at least two inputs for each system it runs on."""
    for system in ALL[name].readers:
        shown = [case for case in ALL[name].examples if case.example.system is system]
        assert len(shown) >= 2


@pytest.mark.parametrize("name", sorted(ALL))
def test_defaults_protect(name: str) -> None:
    """No direct identifier and no free text is kept as it is by default."""
    for column in ALL[name].dataset.columns:
        check_call(parse_call(column.transform), column)
        if column.sensitivity.value in "DF":
            assert column.transform != "keep", column.name
        if column.sensitivity.value == "D":
            assert column.identity, column.name


@pytest.mark.parametrize(("name", "case"), CASES)
def test_example(name: str, case: Case, tmp_path: Path) -> None:
    """Each example's input gives exactly the rows it states, typed as declared."""
    found = ALL[name]
    reading, _ = read(found, case, columns_of(case, found), tmp_path)
    told = [
        {key: value for key, value in values(row).items() if value is not None}
        for row in reading.rows
    ]
    assert tuple(told) == case.example.rows
    for row in told:
        for key, value in row.items():
            column = found.dataset.column(key)
            assert column is not None
            assert type(value) is PYTHON[storage(column.type)], key


@pytest.mark.parametrize(("name", "case"), CASES)
def test_one_column_at_a_time(name: str, case: Case) -> None:
    """Asked for one column, a reader returns it or nothing."""
    found = ALL[name]
    for column in columns_of(case, found):
        with tempfile.TemporaryDirectory() as folder:
            try:
                reading, _ = read(found, case, frozenset({column}), Path(folder))
            except HostError:  # root's side has not all that rows are chosen by
                continue
        for row in reading.rows:
            assert set(row.columns()) <= {column}


@pytest.mark.parametrize(("name", "case"), CASES)
def test_no_column_no_read(name: str, case: Case, tmp_path: Path) -> None:
    """Asked for nothing, a reader asks the machine for nothing."""
    reading, host = read(ALL[name], case, frozenset(), tmp_path)
    assert (reading.rows, host.asked) == ([], [])


@pytest.mark.parametrize(("name", "case"), CASES)
def test_rows_are_capped(name: str, case: Case, tmp_path: Path) -> None:
    """A reader stops at the rows of its cap and says so."""
    found = ALL[name]
    reading, _ = read(found, case, columns_of(case, found), tmp_path, rows=1)
    assert len(reading.rows) <= 1
    if len(case.example.rows) > 1:
        assert reading.truncated


@pytest.mark.parametrize("name", sorted(ALL))
def test_past_deadline(name: str, tmp_path: Path) -> None:
    """A reader whose time is over stops with an error of the Host's tree."""
    found = ALL[name]
    case = max(found.examples, key=lambda item: len(item.example.rows))
    over = time.monotonic() - 1
    with pytest.raises(HostError):
        read(found, case, columns_of(case, found), tmp_path, deadline=over)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "case"), CASES)
def test_bytes_are_capped(name: str, case: Case, tmp_path: Path) -> None:
    """A run that takes more bytes than its cap ends over its budget, without rows."""
    found = ALL[name]
    host = recorded_host(case.example, tmp_path)
    item = bound(found, checked(found, {**case.given, **_quick(found)}), REQUEST)
    budget = Budget(20, 10, 100, 0)
    reading, outcome = run_reader(
        item, host, columns_of(case, found), now=0, budget=budget
    )
    if host.meter.octets:
        assert (reading.rows, outcome.outcome) == ([], OVER_BUDGET)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_rows_are_found_by_their_order(name: str, case: Case, tmp_path: Path) -> None:
    """Bound to an order, every row carries its id where the policy has the column."""
    found = ALL[name]
    host = recorded_host(case.example, tmp_path)
    item = bound(found, checked(found, case.given), REQUEST)
    columns = columns_of(case, found) | {"request"}
    want = wanting(columns, case, tmp_path)
    reading = item.readers[case.example.system](host, want)
    assert len(reading.rows) == len(case.example.rows)
    assert all(row.value("request") == REQUEST for row in reading.rows)


def _quick(found: Source) -> dict[str, str]:
    """Return the shortest wait, where a diagnostic waits."""
    known = {item.name for item in found.asked.parameters}
    return {"seconds": "1"} if "seconds" in known else {}


@pytest.mark.parametrize(("name", "case"), CASES)
def test_never_opened(name: str, case: Case, tmp_path: Path) -> None:
    """No reader asks for a secret, whatever is wanted of it."""
    found = ALL[name]
    _, host = read(found, case, columns_of(case, found), tmp_path)
    for asked in host.asked:
        assert not any(part in asked for part in SECRETS), asked


PARAMETERS = [
    pytest.param(name, item, id=f"{name}-{item.name}")
    for name, found in sorted(ALL.items())
    for item in found.asked.parameters
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(("name", "item"), PARAMETERS)
def test_hostile_parameters_are_refused(name: str, item: Parameter, text: str) -> None:
    """No parameter takes an option, a path, a command or what cannot be seen."""
    found = ALL[name]
    with pytest.raises(ParameterError) as refused:
        checked(found, {**defaults(found), item.name: text})
    assert not text or text not in str(refused.value)


@settings(max_examples=200)
@given(text=st.text(max_size=300))
def test_any_text_is_harmless(text: str) -> None:
    """What a parameter of words or hosts takes is visible ASCII and no option."""
    for found in ALL.values():
        for item in found.asked.parameters:
            if item.type not in {ParameterType.WORD, ParameterType.HOST}:
                continue
            try:
                checked(found, {**defaults(found), item.name: text})
            except ParameterError:
                continue
            assert text.isascii()
            assert text.isprintable()
            assert not set(text) & set(" ;|&$`'\"<>(){}*?!/%")
            assert not text.startswith("-")


def spoilt(example: Example, data: st.DataObject) -> Example:
    """Return an Example whose files and outputs are damaged at random."""

    def damage(content: bytes) -> bytes:
        junk = data.draw(st.binary(max_size=60))
        place = data.draw(st.integers(0, len(content)))
        choices = (junk, content[:place], content[:place] + junk + content[place:])
        return data.draw(st.sampled_from((*choices, content)))

    return replace(
        example,
        files={path: damage(content) for path, content in example.files.items()},
        programs={call: damage(out) for call, out in example.programs.items()},
    )


@pytest.mark.slow
@pytest.mark.parametrize(("name", "case"), CASES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_junk(name: str, case: Case, data: st.DataObject) -> None:
    """Damaged sources give rows of the right types, or a HostError."""
    found = ALL[name]
    damaged = Case(spoilt(case.example, data), case.given)
    with tempfile.TemporaryDirectory() as folder:
        try:
            reading, _ = read(found, damaged, columns_of(case, found), Path(folder))
        except HostError:
            return
    for row in reading.rows:
        for key, value in values(row).items():
            column = found.dataset.column(key)
            assert column is not None
            assert value is None or type(value) is PYTHON[storage(column.type)], key


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(ALL))
def test_this_machine(name: str) -> None:
    """On the machine that runs the tests, every diagnostic gives rows or a reason."""
    found = ALL[name]
    reader = found.readers.get(System.LINUX)
    if reader is None:
        pytest.skip("it is for Windows")
    columns = frozenset(column.name for column in found.dataset.columns)
    parameters = checked(found, {**defaults(found), **_quick(found)})
    host = this_host(EVERY_ROOT_COLUMN | {f"{name}/{column}" for column in columns})
    try:
        reading = reader(host, Want(columns, now=time.time()), parameters)
    except HostError:  # a reason is an answer too
        return
    for row in reading.rows:
        for key, value in values(row).items():
            column = found.dataset.column(key)
            assert column is not None
            assert value is None or type(value) is PYTHON[storage(column.type)], key
