# SPDX-License-Identifier: Apache-2.0
"""The annex to an impact assessment: what the policy in force collects, all of it.

Rules: the shipped policies and catalogue; the page is read as a browser gets it.
Not here: the package (`test_evidence.py`), the risks (`tests/contract/test_risks.py`).
"""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from evidence_room import EvidenceRoom

from policies import catalogue, clauses, preset, risks
from server import __main__ as program
from server.configuration import Configuration
from server.evidence import dpia, dpia_page, processing
from server.evidence.risks import risks as told_risks
from wire.catalogue import Sensitivity
from wire.policy import Policy, PolicyStatement
from wire.policy_source import compile_policy

NOW = 1_800_000_000
KNOWN = catalogue()
DIRECT = {
    (dataset.name, column.name)
    for dataset in KNOWN.datasets.values()
    for column in dataset.columns
    if column.sensitivity is Sensitivity.DIRECT
}
Taken = set[tuple[str, str, str, str]]


def policy(name: str) -> Policy:
    """Return a shipped policy."""
    return compile_policy(preset(name), KNOWN, f"policies/{name}.toml")


def annex(found: Policy) -> dict[str, Any]:
    """Return the annex of a policy, with the shipped risks and nobody registered."""
    statement = PolicyStatement(bytes(16), 7, NOW, NOW + 1, found)
    counts = {"open": 2, "overdue": 1}
    settings = Configuration("https://example.org", (), bytes(16), "Example", {})
    shown = clauses.read(clauses.shipped())
    told = {
        "record": processing.record(settings, statement, KNOWN, [], shown),
        "recipients": [],
        "risks": told_risks(risks.read(risks.shipped()), None, NOW),
        "findings": counts,
        "incidents": counts,
    }
    return dpia.annex(statement, KNOWN, told)


def wanted(found: Policy) -> Taken:
    """Return purpose, dataset, column and transform of all that a policy collects."""
    return {
        (rules.purpose.value, rule.dataset, one.column, one.transform)
        for rules in found.purposes
        for rule in rules.datasets
        for one in rule.columns
        if one.transform != "drop"
    }


def told(found: dict[str, Any]) -> Taken:
    """Return the same of an annex."""
    return {
        (purpose, name, column, transform)
        for name, dataset in found["matrix"].items()
        for purpose, cell in dataset["purposes"].items()
        for column, transform in cell["transforms"].items()
    }


@pytest.mark.parametrize("name", ["minimal", "standard", "full"])
def test_the_matrix_is_the_policy(name: str) -> None:
    """Each column of each purpose is told with its transform, and no other is."""
    found = policy(name)
    assert told(annex(found)) == wanted(found)


def test_what_a_policy_leaves_is_not_told() -> None:
    """A purpose taken out of a policy is gone from the matrix, and from it alone."""
    whole = policy("standard")
    for rules in whole.purposes:
        rest = tuple(one for one in whole.purposes if one is not rules)
        assert told(annex(replace(whole, purposes=rest))) == {
            one for one in wanted(whole) if one[0] != rules.purpose.value
        }


@pytest.mark.parametrize("name", ["minimal", "standard", "full"])
def test_figures_are_counted(name: str) -> None:
    """Identifiers are taken never, blunted, or as they are: each counted once."""
    found = policy(name)
    figures, taken = annex(found)["figures"], wanted(found)
    plain = {(one[1], one[2]) for one in taken if one[3] == "keep"} & DIRECT
    some = {(one[1], one[2]) for one in taken} & DIRECT
    assert figures["columns"] == len({one[1:3] for one in taken})
    assert (
        figures["identifiers never"],
        figures["identifiers blunted everywhere"],
        figures["identifiers as they are"],
    ) == (len(DIRECT - some), len(some - plain), len(plain))


def test_cells_count_their_classes() -> None:
    """A cell says how many columns of each class it has, and how many as they are."""
    found = annex(policy("standard"))
    for dataset in found["matrix"].values():
        for cell in dataset["purposes"].values():
            for name, counts in cell["classes"].items():
                of = {
                    column: transform
                    for column, transform in cell["transforms"].items()
                    if dataset["columns"][column]["sensitivity"] == name
                }
                kept = sum(transform == "keep" for transform in of.values())
                assert counts == {"columns": len(of), "as they are": kept}


def page(found: dict[str, Any]) -> str:
    """Return the page of an annex."""
    return dpia_page.html("Acme <Dental>", ["As of today."], found).decode()


def test_the_page_has_all_of_it() -> None:
    """Every dataset, column, risk and thing that is left to people is on the page."""
    found = annex(policy("standard"))
    text = html.unescape(page(found))
    for name, dataset in found["matrix"].items():
        assert f'<h3 id="d-{name}">' in text
        assert all(about["reason"] in text for about in dataset["columns"].values())
    assert all(
        one["risk"] in text and one["residual"] in text for one in found["risks"]
    )
    assert all(one in text for one in found["left to people"])
    assert "<td>findings</td><td>2</td><td>1</td>" in text
    assert "on request alone" in text
    assert "<title>Impact assessment, annex for Acme &lt;Dental&gt;" in page(found)


def test_each_risk_has_its_place() -> None:
    """The grid has each risk's number once, in the cell of its two levels."""
    found = annex(policy("minimal"))
    grid = page(found).partition('<table class="grid">')[2].partition("</table>")[0]
    cells = re.findall(r'<td class="r\d">([\d, ]*)</td>', grid)
    numbers = [int(one) for cell in cells for one in cell.split(", ") if one]
    assert len(cells) == 16
    assert sorted(numbers) == list(range(1, len(found["risks"]) + 1))
    place = next(index for index, cell in enumerate(cells) if "1" in cell.split(", "))
    height, width = 3 - place // 4, place % 4
    first = found["risks"][0]
    assert (risks.LEVELS[width], risks.LEVELS[height]) == (
        *(first["likelihood"], first["severity"]),
    )


def test_the_page_reaches_for_nothing() -> None:
    """It has no script, no picture, no form, and nothing that a browser would fetch."""
    text = page(annex(policy("full")))
    assert "default-src 'none'" in text
    for word in (
        "<script",
        "<img",
        "<link",
        "<iframe",
        "<form",
        "src=",
        "url(",
        "http",
    ):
        assert word not in text.replace("http-equiv", ""), word


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EvidenceRoom]:
    """Install a collector whose keeper has begun."""
    made = EvidenceRoom(tmp_path_factory.mktemp("dpia"))
    with made.keeper():
        yield made
    made.close()


@pytest.mark.slow
def test_the_command_writes_what_the_package_has(
    room: EvidenceRoom, tmp_path: Path
) -> None:
    """`evidence dpia` writes the page or JSON that a package has, never over a file."""
    files, directory = room.built(), str(room.site.layout.directory)
    asked = ["--directory", directory, "evidence", "dpia"]
    for name, more in (("dpia.html", []), ("dpia.json", ["--json"])):
        path = tmp_path / name
        assert program.main([*asked, *more, str(path)]) == 0
        assert path.read_bytes() == files[name]
        assert program.main([*asked, *more, str(path)]) == 2
    found = json.loads(files["dpia.json"])
    assert found["policy"]["name"] == "standard"
    assert [one["clause"] for one in found["purposes"]]
