# SPDX-License-Identifier: Apache-2.0
"""Promises of the figures in a package of evidence: of this very code, or none.

Rules: figures are measured by the tool that ships in the source, on commands that run.
Not here: the rest of a package (`test_evidence.py`), the commands themselves.
"""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from evidence_room import EvidenceRoom

from policies import clauses
from server import __main__ as program
from server.errors import UsageError
from server.evidence import archive
from server.evidence.measured import (
    CODE,
    FILE,
    Figure,
    Measured,
    code_digest,
    read,
    told,
    write,
)
from tools import figures
from tools.packages.content import add_code
from tools.packages.products import product
from tools.packages.runtime import SITE

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
LINES = ("a  b", "12 cells")
FIGURE = Figure("isolation", "Keys open their own.", "python -m x", 0, 2, LINES, 1)
TESTS = {
    test: True
    for one in clauses.read(clauses.shipped()).requirements.values()
    for test in one.tests
}
MEASURED = Measured(
    *(code_digest(), "0.1.0", "c0ffee", "2026-11-29T20:00:00+00:00", "Linux"),
    (FIGURE, replace(FIGURE, name="deletion", exit=1, lines=("BROKEN",))),
    TESTS,
)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EvidenceRoom]:
    """Install a collector whose keeper has begun its work."""
    made = EvidenceRoom(tmp_path_factory.mktemp("figures"))
    with made.keeper():
        pass
    yield made
    made.close()


def page_of(files: dict[str, bytes]) -> str:
    """Return the page that people read."""
    return files["about.md"].decode()


def test_without_figures_it_says_so(room: EvidenceRoom) -> None:
    """A build that nobody measured claims no figure and no test."""
    files = room.built()
    assert json.loads(files["figures.json"]) == {"state": "none"} == told(None)
    assert "None was measured for this build." in page_of(files)
    assert json.loads(files["clauses.json"])["tests"] == "not run here"


def test_figures_of_this_code_are_told(room: EvidenceRoom) -> None:
    """Each with its command, what it printed and whether it was kept; and its tests."""
    files = archive.unpack(room.package(measured=MEASURED))
    found = json.loads(files["figures.json"])
    assert (found["state"], found["measured"]["commit"]) == ("of this code", "c0ffee")
    assert [one["lines"] for one in found["list"]] == [[*LINES], ["BROKEN"]]
    page = page_of(files)
    assert (
        "| isolation | Keys open their own. | python -m x | kept | 12 cells |" in page
    )
    assert (
        "| deletion | Keys open their own. | python -m x | not kept | BROKEN |" in page
    )
    assert "commit c0ffee" in page
    html = files["index.html"].decode()
    assert '<dt>measured figures not kept</dt><dd class="bad">1</dd>' in html
    counted = json.loads(files["clauses.json"])
    assert counted["tests"] == {"passed": len(TESTS), "failed": 0, "not run": 0}
    assert room.problem_of(files) == ""
    assert "figures.json" in room.problem_of(files | {"figures.json": b"{}"})


def test_figures_of_other_code_do_not_count(room: EvidenceRoom, tmp_path: Path) -> None:
    """Another digest: neither a figure nor a test of it is told; a file is refused."""
    other = replace(MEASURED, code="00" * 32)
    files = archive.unpack(room.package(measured=other))
    found = json.loads(files["figures.json"])
    assert (found["state"], "list" in found) == ("of other code", False)
    assert "so none of it counts" in page_of(files)
    assert json.loads(files["clauses.json"])["tests"] == "not run here"
    file, out = tmp_path / "figures.json", tmp_path / "evidence.zip"
    place = ("--directory", str(room.site.layout.directory))
    build = [*place, "evidence", "build", str(out), "--figures", str(file)]
    assert program.main(build) == 2  # it is not there
    for octets in (write(other), b"[]", b"{}", write(MEASURED)[:-9]):
        file.write_bytes(octets)
        assert program.main(build) == 2
        assert not out.exists()
    file.write_bytes(write(MEASURED))
    assert program.main(build) == 0
    assert b"c0ffee" in archive.unpack(out.read_bytes())["figures.json"]


@pytest.mark.parametrize(
    "changes",
    [{"made": 1}, {"tests": {"a": 1}}, {"figures": [{"name": "x"}]}, {"more": "x"}],
)
def test_a_file_is_in_order_or_refused(changes: dict[str, object]) -> None:
    """What nobody's tool wrote is one sentence."""
    whole = json.loads(write(MEASURED))
    assert read(write(MEASURED)) == MEASURED
    with pytest.raises(UsageError, match="this is no file of figures"):
        read(json.dumps(whole | changes).encode())


def test_a_package_has_figures_of_its_own_code_alone(tmp_path: Path) -> None:
    """What was measured of other code, or of a collector, is in no other package."""
    file, packed = tmp_path / "figures.json", list[bool]()
    for name, code in (
        ("server", MEASURED.code),
        ("server", "00" * 32),
        ("agent", MEASURED.code),
    ):
        file.write_bytes(write(replace(MEASURED, code=code)))
        into = tmp_path / f"{len(packed)}"
        add_code(product(name), into, file)
        packed.append((into / SITE / "policies" / FILE).exists())
    assert packed == [True, False, False]


def test_what_a_command_printed_is_what_is_told(tmp_path: Path) -> None:
    """The tool runs the command and writes down its lines, the code and the commit."""
    told_by_git = subprocess.run(
        ("git", "status", "--porcelain", "--", *CODE, "tests"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if told_by_git.returncode:
        pytest.skip("needs the source with its history")
    file = tmp_path / "figures.json"
    wanted = 2 if told_by_git.stdout.strip() else 0
    assert figures.main([str(file), "--quick", "--only", "isolation"]) == wanted
    if wanted:
        assert not file.exists()  # what is not committed is not measured
        return
    found = read(file.read_bytes())
    assert found.here
    (one,) = found.figures
    assert one.command == "PYTHONPATH=tests python -m tests.isolation"
    assert (one.exit, len(one.lines) > 0, found.tests) == (0, True, {})
