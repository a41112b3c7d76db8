# SPDX-License-Identifier: Apache-2.0
"""The table of what peers tell: each line names a column of ours, or a reason.

Rules: the table and the code of `make bench`; no peer has to be installed.
Not here: what the peers find on a machine (`python -m bench.side_by_side`).
"""

import pytest

from agent.collectors import collectors
from bench import side_by_side
from bench.side_by_side import Answer

RULES = side_by_side.read_rules()
COLUMNS = {
    f"{name}.{column.name}"
    for name, item in collectors().items()
    for column in item.dataset.columns
}
LINES = [
    pytest.param(peer, field, id=f"{peer} {field}")
    for peer, lines in RULES.items()
    for field in lines
]


def test_each_peer_has_a_table() -> None:
    """All peers that are asked are reviewed."""
    assert set(RULES) == set(side_by_side.PEERS)


@pytest.mark.parametrize(("peer", "field"), LINES)
def test_each_line_is_true(peer: str, field: str) -> None:
    """A line names a column that there is, another field of the peer, or a reason."""
    rule = RULES[peer][field]
    if not isinstance(rule, dict):
        assert COLUMNS.intersection(side_by_side.columns_of(rule))
    elif "same" in rule:
        assert side_by_side.rule_of(rule["same"], RULES[peer]) is not None
    else:
        assert set(rule) == {"not"}
        assert len(rule["not"].split()) >= 3


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("A.B", Answer("A.B", "found", "devices.uuid")),
        ("A.C", Answer("A.C", "missing", "devices.domain (empty: ok)")),
        ("A.D", Answer("A.D", "not wanted", "it holds secrets")),
        ("A.E", Answer("A.E", "found", "devices.uuid")),
        ("A.F", Answer("A.F", "found", "devices.uuid")),
        ("Z.Z", Answer("Z.Z", "not reviewed", "add it to side_by_side.toml")),
        ("A.G", Answer("A.G", "missing", "gone.gone (no such column)")),
    ],
)
def test_compare(field: str, expected: Answer) -> None:
    """A field is found where we fill its column; what nobody reviewed shows as such."""
    rules: dict[str, side_by_side.Rule] = {
        "A.B": "devices.uuid",
        "A.C": "devices.domain",
        "A.D": {"not": "it holds secrets"},
        "A.E": {"same": "A.B"},
        "A.F": ["devices.domain", "devices.uuid"],
        "A.G": "gone.gone",
    }
    ours = {"devices.uuid": "", "devices.domain": "empty: ok"}
    assert side_by_side.compare([field], rules, ours) == [expected]
