# SPDX-License-Identifier: Apache-2.0
"""Rules as people write them, and the tables of config.toml: right ones and wrong ones.

Rules: what is wrong is refused with its line; no value of the file is in a message
unless it is a name.
Not here: what rules find (`test_alerting.py`).
"""

import pytest
from alert_room import CATALOGUE, SHIPPED

from policies import preset
from server.alerts import coverage
from server.alerts.rule_source import compile_rules
from server.configuration_alerts import read_alerts
from wire.policy_source import compile_policy
from wire.policy_toml import PolicySourceError

WHOLE = """format = 1
[rule.a]
severity = "high"
dataset = "file_systems"
[rule.a.when]
kind = "share-below"
part = "available"
of = "system.filesystem.limit"
below = 10
clear = 15
"""
HOOK = {"url": "https://h.example/x", "secret_file": "/s"}
MAIL = {"server": "m.example:465", "from": "a@b.example", "to": ["c@d.example"]}


@pytest.mark.parametrize("name", ["standard", "full"])
def test_shipped_rules_lack_nothing(name: str) -> None:
    """The presets name every column that shipped rules compare, and no more."""
    policy = compile_policy(preset(name), CATALOGUE, name)
    named = coverage.named(policy)
    assert [coverage.lacks(rule, named) for rule in SHIPPED if rule.dataset] == [
        frozenset()
    ] * 7


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("format = 1", "format = 2", "1: write format = 1"),
        ("rule.a", "rule.A_", "2: 'A_' is no name"),
        ('"high"', '"loud"', "3: severity is one of"),
        ('"file_systems"', '"file_sistems"', "4: 'file_sistems' is no inventory"),
        ('"file_systems"', '"host_metrics"', "4: 'host_metrics' is no inventory"),
        ('"share-below"', '"script"', "6: kind is one of"),
        ('"available"', '"free"', "7: file_systems has no column 'free'"),
        ('"available"', '"network"', "7: part must be a column of another type"),
        ("below = 10", "below = 0", "whole number of percent"),
        ("clear = 15", "clear = 5", "10: clear must be below or more"),
        ("clear = 15", "clear = 15\nrun = 1", "11: unknown key 'run'"),
        ("share-below", "silent", "silent looks at no rows"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_line(old: str, new: str, said: str) -> None:
    """Nothing is guessed or skipped."""
    with pytest.raises(PolicySourceError) as refused:
        compile_rules(WHOLE.replace(old, new).encode(), CATALOGUE, "alerts.toml")
    assert said in str(refused.value)


def test_a_flag_is_compared_with_a_flag() -> None:
    """A text for a flag, and a number for a text, are refused."""
    for where in (
        'network = "no"',
        "network = []",
        '"system.filesystem.type" = 1',
        "available = 1",
    ):
        source = f"{WHOLE}[rule.a.where]\n{where}\n"
        with pytest.raises(PolicySourceError, match=r"compared with|neither a text"):
            compile_rules(source.encode(), CATALOGUE, "alerts.toml")


def test_channels_are_read() -> None:
    """Both tables give what they say; without any nobody is told."""
    found = read_alerts({"webhook": HOOK, "mail": MAIL})
    assert found.names == ("webhook", "mail")
    assert found.webhook is not None
    assert (found.webhook.address, found.webhook.path) == ("h.example", "/x")
    assert read_alerts({}).names == ()


@pytest.mark.parametrize(
    "items",
    [
        {"pager": {}},
        {"webhook": HOOK | {"url": "http://h.example/x"}},
        {"webhook": HOOK | {"url": "https://u:p@h.example/x"}},
        {"webhook": HOOK | {"url": "https://h.example/x#y"}},
        {"webhook": HOOK | {"url": "https://h.example/x\r\ny: z"}},
        {"webhook": HOOK | {"secret_file": "s"}},
        {"webhook": HOOK | {"secret": "x"}},
        {"mail": MAIL | {"to": []}},
        {"mail": MAIL | {"to": ["c@d.example\r\nBcc: x@y.example"]}},
        {"mail": MAIL | {"from": "nobody"}},
        {"mail": MAIL | {"user": "u"}},
        {"mail": MAIL | {"starttls": "yes"}},
        {"mail": MAIL | {"plain": True}},
    ],
)
def test_a_wrong_channel_is_refused(items: dict[str, object]) -> None:
    """No plain way, no credentials in an address, no second header."""
    with pytest.raises(ValueError):  # noqa: PT011 - config.toml names no setting
        read_alerts(items)
