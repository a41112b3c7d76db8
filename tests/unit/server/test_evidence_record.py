# SPDX-License-Identifier: Apache-2.0
"""Promises of the record of processing and the data map: they follow what is so.

Rules: the shipped policy and catalogue; what is compared is what changed, no more.
Not here: the package (`test_evidence.py`).
"""

from dataclasses import replace
from typing import Any

from policies import catalogue, clauses
from server.configuration import Configuration
from server.configuration_keeper import Controller
from server.evidence import processing
from server.evidence.clause_map import clauses as mapped
from server.evidence.data_map import data_map
from server.evidence.page import html, markdown
from server.evidence.sections import Section
from tests.installation_fixture import standard
from wire.catalogue import Catalogue
from wire.policy import DatasetRule, Policy, PolicyStatement
from wire.purposes import Purpose

SOC: dict[str, object] = {
    "name": "example-soc",
    "purposes": ["security"],
    "country": "CH",
    "transfer tool": "adequacy decision",
}


def statement(policy: Policy | None = None) -> PolicyStatement:
    """Return a policy as it is published."""
    return PolicyStatement(
        bytes(16), 1, 1_800_000_000, 1_900_000_000, policy or standard()
    )


def record(
    controller: Controller | None = None,
    policy: Policy | None = None,
    recipients: tuple[dict[str, object], ...] = (),
) -> dict[str, Any]:
    """Return the record of an installation of Example."""
    settings = Configuration(
        "https://example.org",
        (),
        bytes(16),
        "Example",
        {},
        controller=controller or Controller(),
    )
    found = clauses.read(clauses.shipped())
    return processing.record(
        settings, statement(policy), catalogue(), list(recipients), found
    )


def without(policy: Policy, dataset: str) -> Policy:
    """Return a policy that collects a dataset for nothing."""

    def rest(rules: tuple[DatasetRule, ...]) -> tuple[DatasetRule, ...]:
        return tuple(one for one in rules if one.dataset != dataset)

    purposes = tuple(
        replace(one, datasets=rest(one.datasets)) for one in policy.purposes
    )
    return replace(policy, purposes=purposes)


def test_it_says_which_article_it_follows() -> None:
    """A processor's record is that of Art. 30(2) and names whom it works for."""
    controller = record(Controller("Example B.V.", "privacy@example.org", "A. Example"))
    assert controller["article"] == "30(1)"
    assert controller["controller"] == {
        "name": "Example B.V.",
        "contact": "privacy@example.org",
        "data protection officer": "A. Example",
    }
    processor = record(Controller("Example B.V.", processor=True))
    assert processor["article"] == "30(2)"
    assert processor["on behalf of"] == "Example"
    lacking = "not told: write it under [controller] in config.toml"
    assert processor["processor"]["contact"] == lacking


def test_it_changes_with_the_policy() -> None:
    """A dataset that the policy drops is gone from the record, and nothing else is."""
    before, after = record(), record(policy=without(standard(), "software"))
    lost: dict[str, set[str]] = {}
    for one, other in zip(before["purposes"], after["purposes"], strict=True):
        data, rest = one.pop("categories of data"), other.pop("categories of data")
        lost[one["purpose"]] = data.keys() - rest.keys()
        assert rest.items() <= data.items()
    assert {purpose: names for purpose, names in lost.items() if names} == {
        "Security": {"software"},
        "System administration": {"software"},
    }


def test_it_changes_with_the_catalogue() -> None:
    """A column that says more about a person shows in the record by itself."""
    whole = catalogue()
    software = whole.datasets["software"]
    columns = tuple(
        replace(one, sensitivity=type(one.sensitivity).QUASI)
        for one in software.columns
    )
    telling = Catalogue(
        {**whole.datasets, "software": replace(software, columns=columns)}
    )
    settings = Configuration("https://example.org", (), bytes(16), "Example", {})
    found = clauses.read(clauses.shipped())

    def about(known: Catalogue) -> object:
        made: Any = processing.record(settings, statement(), known, [], found)
        (rules,) = (one for one in made["purposes"] if one["clause"] == "3.6")
        return rules["categories of data"]["software"]["personal"]

    assert about(whole) == []
    assert about(telling) == ["quasi"]


def test_it_changes_with_the_register() -> None:
    """A recipient stands at its purposes, and as a transfer with its safeguard."""
    told = record(recipients=(SOC,))
    named = {one["clause"]: one["recipients"] for one in told["purposes"]}
    assert named["3.6"] == ["example-soc"]
    assert named["3.2"] == []
    assert told["transfers to third countries"] == [
        {
            "recipient": "example-soc",
            "country": "CH",
            "safeguard": "adequacy decision",
        }
    ]


def test_the_data_map_has_what_is_collected_alone() -> None:
    """The map has every column of the policy that is not dropped, and no other."""
    told: Any = data_map(statement(), catalogue())["purposes"]
    wanted = {
        (rules.purpose.value, rule.dataset, one.column, one.transform)
        for rules in standard().purposes
        for rule in rules.datasets
        for one in rule.columns
        if one.transform != "drop"
    }
    assert {
        (purpose, dataset, column, how["transform"])
        for purpose, rules in told.items()
        for dataset, data in rules["datasets"].items()
        for column, how in data["columns"].items()
    } == wanted
    assert told[Purpose.SUPPORT.value]["datasets"]["event_logs"]["days"] == 30


def test_a_failed_test_is_told_first() -> None:
    """A requirement is shown when all its tests passed, and failed when one failed."""
    found = clauses.read(clauses.shipped())
    name, whole = next(
        (name, one)
        for name, one in found.requirements.items()
        if len(one.tests) > 1 and not one.lacks
    )
    green = dict.fromkeys(whole.tests, True)

    def state(results: dict[str, bool]) -> str:
        told: Any = mapped(found, results)["requirements"]
        return str(told[name]["state"])

    assert state(green) == "shown"
    assert state(green | {whole.tests[0]: False}) == "failed"
    assert state({whole.tests[0]: True}) == "tests not run here"


def test_a_cell_cannot_leave_its_cell() -> None:
    """What a person typed makes neither a tag, nor a link, nor another column."""
    hostile = "<script>x</script> | [a](b)\n`c`"
    section = Section("T", "W", ("A", "B"), [(hostile, "shown")])
    page = html("T", (), (), [section]).decode()
    assert "<script>" not in page
    assert "&lt;script&gt;x&lt;/script&gt; | [a](b)" in page
    assert '<span class="good">shown</span>' in page
    text = markdown("T", (), [section]).decode()
    assert r"| &lt;script>x&lt;/script> \| \[a](b) \`c\` | shown |" in text
