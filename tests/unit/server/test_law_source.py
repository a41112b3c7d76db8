# SPDX-License-Identifier: Apache-2.0
"""What a law pack may say, and each thing that it may not.

Rules: each refused line is one change of a pack that compiles.
Not here: what a pack keeps (`test_law.py`).
"""

from dataclasses import replace
from pathlib import Path

import pytest

from policies import catalogue
from server.errors import UsageError
from server.law_source import compile_pack
from server.laws import check_next, in_force
from wire.papers.law import LAW_PACK, From, LawPack, LawRule, check_pack
from wire.policy import Criterion
from wire.policy_toml import PolicySourceError
from wire.purposes import Purpose

EXAMPLE = Path(__file__).parents[3] / "policies" / "law" / "example.toml"
PACK = """\
format = 1
jurisdiction = "XX"

[rule.software]
statute = "Example Act, section 1"
title = "Which software there was"
purposes = ["security"]
dataset = "software"
columns = ["version", "name"]
keep = "400d"
"""


def compiled(text: str) -> LawPack:
    """Compile a pack."""
    return compile_pack(text.encode(), catalogue(), "law.toml")


def test_a_pack_compiles() -> None:
    """Each line becomes what it says; columns stand in order."""
    assert compiled(PACK) == LawPack(
        "XX",
        (
            LawRule(
                "software",
                "Example Act, section 1",
                "Which software there was",
                Criterion.LEGAL_OBLIGATION,
                (Purpose.SECURITY,),
                "software",
                ("name", "version"),
                400,
                From.CREATED,
            ),
        ),
    )


def test_the_shipped_pack_is_an_example() -> None:
    """It compiles, stands for no country, and says that it is no law."""
    pack = compile_pack(EXAMPLE.read_bytes(), catalogue(), EXAMPLE.name)
    check_pack(LAW_PACK.decode(LAW_PACK.encode(pack)))
    assert pack.jurisdiction == "XX"
    assert [(rule.id, rule.days, rule.starts) for rule in pack.rules] == [
        ("example-claims", 1_096, From.CONTRACT_END),
        ("example-software", 730, From.CREATED),
    ]
    assert EXAMPLE.read_text().startswith("# An EXAMPLE of a law pack, and no law")


@pytest.mark.parametrize(
    ("before", "after", "line", "reason"),
    [
        ('statute = "Example Act, section 1"\n', "", 4, "statute is missing"),
        ("Example Act, section 1", " ", 5, "statute must be a line of text"),
        ('title = "Which software there was"\n', "", 4, "title is missing"),
        ('"XX"', '"Utopia"', 2, "jurisdiction must be a country"),
        ('jurisdiction = "XX"\n', "", 1, "jurisdiction is missing"),
        ("format = 1", "format = 2", 1, "write format = 1"),
        ("rule.software", "rule.Software", 4, "is no name"),
        ('"security"', '"compliance"', 7, "nothing to keep there"),
        ('"security"', '"improvement"', 7, "nothing to keep there"),
        ('["security"]', "[]", 7, "name a purpose"),
        ('dataset = "software"', 'dataset = "films"', 8, "no such dataset: 'films'"),
        ('"version"', '"colour"', 9, "software has no column 'colour'"),
        ('["version", "name"]', "[]", 9, "name the columns that the law wants"),
        ('columns = ["version", "name"]\n', "", 4, "columns is missing"),
        ("400d", "11001d", 10, "keep must be 1d to 11000d"),
        ("400d", "25h", 10, "keep must be 1d to 11000d"),
        ("400d", "for ever", 10, "keep must be a time"),
        ('keep = "400d"', 'keep = "400d"\nfrom = "birth"', 11, "must be one of"),
        ('keep = "400d"', 'keep = "400d"\nreason = "x"', 11, "unknown key 'reason'"),
        (
            'keep = "400d"',
            'keep = "400d"\ncriterion = "business-need"',
            11,
            "criterion must be one of legal-obligation, limitation",
        ),
    ],
)
def test_what_is_wrong_is_told(before: str, after: str, line: int, reason: str) -> None:
    """Each is one problem with its line; a longer time without its law is one."""
    assert before in PACK
    with pytest.raises(PolicySourceError) as refused:
        compiled(PACK.replace(before, after))
    (problem,) = refused.value.problems
    assert problem.line == line
    assert reason in problem.reason


@pytest.mark.parametrize(
    ("dataset", "column"),
    [("logins", "outcome"), ("software", "name"), ("host_metrics", "system.uptime")],
)
def test_nothing_sent_is_kept_for_a_claim(dataset: str, column: str) -> None:
    """A limitation keeps no log, state or metric; an obligation may name each."""
    sent = PACK.replace('"software"', f'"{dataset}"')
    sent = sent.replace('"version", "name"', f'"{column}"')
    (rule,) = compiled(sent).rules
    assert rule.dataset == dataset
    with pytest.raises(PolicySourceError, match="is not kept for a claim that may"):
        compiled(sent + 'criterion = "limitation"\n')
    claim = replace(rule, criterion=Criterion.LIMITATION)
    with pytest.raises(UsageError, match="rule software keeps what devices send for a"):
        check_next([], LawPack("XX", (claim,)))


LINES = (
    PACK.replace('"software"', '"ledger"')
    .replace('"version", "name"', '"proof", "claims"')
    .replace('purposes = ["security"]\n', 'criterion = "limitation"\n')
)


def test_entries_of_the_ledger_are_kept_for_a_claim() -> None:
    """A rule names which of them, and no purpose, for none collects them."""
    pack = compiled(LINES)
    (rule,) = pack.rules
    assert (rule.criterion, rule.dataset) == (Criterion.LIMITATION, "ledger")
    assert (rule.columns, rule.purposes) == (
        ("claims", "proof"),
        (Purpose.COMPLIANCE,),
    )
    check_pack(LAW_PACK.decode(LAW_PACK.encode(pack)))
    check_next([], pack)


@pytest.mark.parametrize(
    ("before", "after", "line", "reason"),
    [
        ('"proof"', '"user"', 9, "lines of the ledger: reading, claims, proof"),
        ('["proof", "claims"]', "[]", 9, "lines of the ledger: reading, claims"),
        ('columns = ["proof", "claims"]\n', "", 4, "columns is missing"),
        (
            'criterion = "limitation"',
            'purposes = ["security"]',
            7,
            "of no purpose that collects",
        ),
    ],
)
def test_what_is_wrong_of_the_ledger_is_told(
    before: str, after: str, line: int, reason: str
) -> None:
    """Lines that there are not, none, and a purpose are each one problem."""
    assert before in LINES
    with pytest.raises(PolicySourceError) as refused:
        compiled(LINES.replace(before, after))
    (problem,) = refused.value.problems
    assert (problem.line, reason in problem.reason) == (line, True)


def test_the_newest_pack_of_a_jurisdiction_stands() -> None:
    """Another's stands beside it, and one without rules repeals it."""
    first = compiled(PACK)
    other = LawPack("YY", first.rules)
    longer = compiled(PACK.replace("400d", "500d"))
    found = [(one.name, one.rule.days) for one in in_force([first, other, longer])]
    assert found == [("XX/software", 500), ("YY/software", 400)]
    assert [one.name for one in in_force([first, other, LawPack("XX", ())])] == [
        "YY/software"
    ]


def test_a_rule_never_names_other_columns() -> None:
    """Its time and its words may change; what it names may not, not even later."""
    first = compiled(PACK)
    check_next([first], compiled(PACK.replace("400d", "5d").replace("Which", "That")))
    fewer = compiled(PACK.replace('"version", ', ""))
    for packs in ([first], [first, LawPack("XX", ())]):
        with pytest.raises(UsageError, match="rule software names other purposes"):
            check_next(packs, fewer)
    check_next([LawPack("YY", first.rules)], fewer)


def test_no_more_rules_than_a_certificate_names() -> None:
    """All jurisdictions together have at most 128 rules."""
    (rule,) = compiled(PACK).rules
    names = [f"r{number:03d}" for number in range(128)]
    many = LawPack("YY", tuple(LawRule(name, *_rest(rule)) for name in names))
    check_next([], many)
    with pytest.raises(UsageError, match="more than 128 rules would be in force"):
        check_next([many], compiled(PACK))


def _rest(rule: LawRule) -> tuple[object, ...]:
    return (
        *(rule.statute, rule.title, rule.criterion, rule.purposes, rule.dataset),
        *(rule.columns, rule.days, rule.starts),
    )
