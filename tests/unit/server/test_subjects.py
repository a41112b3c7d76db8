# SPDX-License-Identifier: Apache-2.0
"""A subject's rows are found, in every form in which a value leaves, and no others.

Rules: columns are redacted by the agent's own transforms, texts get its own tags.
Not here: opening envelopes (`test_rights_finding.py`).
"""

from collections.abc import Mapping, Sequence

import pytest
from installation_fixture import standard
from reader_fixture import CATALOGUE, opened, table

from agent.redaction.tags import make_tag
from server.errors import UsageError
from server.reader.subjects import (
    Blind,
    Subject,
    Tokens,
    blind,
    check_subject,
    rows,
    tokens,
)
from wire.keys import PseudonymKey
from wire.purposes import Purpose
from wire.transforms import apply_call
from wire.transforms.call import Call
from wire.transforms.transform import TransformContext
from wire.values import Value

TENANT = bytes(16)
KEYS = (bytes([1]) * 32, bytes([2]) * 32)
"""Of two epochs that live."""
OTHER = bytes([3]) * 32
"""Of another purpose."""


class Ring:
    """A keyring with two epochs of one purpose."""

    def pseudonym_keys(
        self, tenant: bytes, purposes: Sequence[Purpose], now: int
    ) -> list[PseudonymKey]:
        """Return both keys, whatever ended."""
        assert (tenant, now) == (TENANT, 0)
        (purpose,) = purposes
        return [PseudonymKey(purpose, 0, 1, key) for key in KEYS]


def wanted(kind: str, value: str) -> Tokens:
    """Return what stands for a subject under both keys."""
    subject = Subject(kind, value)
    check_subject(subject)
    return tokens(Ring(), TENANT, Purpose.SUPPORT, subject)


def found(kind: str, value: str, dataset: str, cells: Mapping[str, Value]) -> bool:
    """Tell whether a row with these cells is a subject's."""
    part = opened(table(dataset, [{}, cells], Purpose.SUPPORT))
    held = rows(part, CATALOGUE.datasets[dataset], wanted(kind, value))
    assert held in ([], [1])
    return held == [1]


def stood_in(dataset: str, column: str, value: str, key: bytes, name: str) -> Value:
    """Return what a transform of the agent makes of a value."""
    declared = CATALOGUE.datasets[dataset].column(column)
    assert declared is not None
    context = TransformContext(declared, key, None)
    made = apply_call(Call(name), value, context)
    assert isinstance(made, str)
    return made


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    ("kind", "value", "raw"),
    [
        ("user", "amelie", "amelie"),
        ("user", "Amelie ", "AMELIE"),
        ("user", "amelie", "ACME\\Amelie"),
        ("user", "acme\\amelie", "amelie@acme"),
        ("mail", "amelie@acme.example", "Amelie@ACME.example"),
        ("sid", "S-1-5-21-1-2-3-1001", "s-1-5-21-1-2-3-1001"),
        ("host", "ws-17", "WS-17\\amelie"),
        ("host", "ws-17.acme.example", "amelie@ws-17.acme.example"),
    ],
)
def test_an_account_is_found(kind: str, value: str, raw: str, key: bytes) -> None:
    """In each epoch and spelling, as a stand-in in a column, in a text, and whole."""
    shown = stood_in("logins", "user.name", raw, key, "pseudonymise")
    assert found(kind, value, "logins", {"user.name": shown})
    assert found(kind, value, "logins", {"user.name": raw})
    text = f"by {make_tag(key, 'user', raw.encode()).decode()}, twice"
    assert found(kind, value, "event_logs", {"message": text})


@pytest.mark.parametrize(
    ("kind", "value", "raw"),
    [
        ("user", "amelie", "amelie2"),
        ("user", "amelie", "amelies"),
        ("user", "acme\\amelie", "amelie"),
        ("user", "acme\\amelie", "umbra\\amelie"),
        ("mail", "amelie@acme.example", "amelie@umbra.example"),
        ("host", "ws-17", "ws-1"),
        ("host", "ws-17", "WS-18\\amelie"),
        ("host", "amelie", "amelie"),
        ("sid", "S-1-5-21-1-2-3-1001", "S-1-5-21-1-2-3-1002"),
        ("ip", "192.0.2.7", "192.0.2.70"),
    ],
)
def test_another_is_not(kind: str, value: str, raw: str) -> None:
    """Neither by a longer name, nor another domain, nor a name of another class."""
    shown = stood_in("logins", "user.name", raw, KEYS[0], "pseudonymise")
    assert not found(kind, value, "logins", {"user.name": shown})
    assert not found(kind, value, "logins", {"user.name": raw})
    text = make_tag(KEYS[0], "user", raw.encode()).decode()
    assert not found(kind, value, "event_logs", {"message": text})


def test_a_key_of_another_purpose_finds_nothing() -> None:
    """The same person under another purpose's key is somebody else here."""
    shown = stood_in("logins", "user.name", "amelie", OTHER, "pseudonymise")
    assert not found("user", "amelie", "logins", {"user.name": shown})


@pytest.mark.parametrize("name", ["pseudonymise", "pseudonymise_prefix"])
@pytest.mark.parametrize(
    ("kind", "value", "raw"),
    [
        ("ip", "192.0.2.7", "::ffff:192.0.2.7"),
        ("ip", "2001:DB8::7", "2001:db8:0:0::7%eth0"),
    ],
)
def test_an_address_is_found(kind: str, value: str, raw: str, name: str) -> None:
    """As a stand-in with and without its prefix, and as it is."""
    shown = stood_in("logins", "client.address", raw, KEYS[1], name)
    assert found(kind, value, "logins", {"client.address": shown})
    assert found(kind, value, "logins", {"client.address": raw})
    prefixes = {"ip"} if name.endswith("prefix") else set[str]()
    text = make_tag(KEYS[1], "ip", raw.partition("%")[0].encode(), prefixes).decode()
    assert found(kind, value, "event_logs", {"message": f"from {text}:22"})


def test_an_account_that_is_named_like_its_class_is_found() -> None:
    """The tag of an account named user has another word, and is found by it."""
    text = make_tag(KEYS[0], "user", b"user").decode()
    assert text.startswith("<account_")
    assert found("user", "user", "event_logs", {"message": text})


def test_a_stand_in_within_another_word_is_none() -> None:
    """What only contains the letters is not the subject's."""
    shown = stood_in("logins", "user.name", "amelie", KEYS[0], "pseudonymise")
    assert not found("user", "amelie", "event_logs", {"message": f"super{shown}"})
    assert not found("user", "amelie", "event_logs", {"message": f"{shown}7"})


def test_of_a_device_all_rows_are_its_own() -> None:
    """Whatever they say, and no column of them is blind."""
    part = opened(table("event_logs", [{"message": "a"}, {"message": "b"}]))
    subject = wanted("device", "0f" * 16)
    assert rows(part, CATALOGUE.datasets["event_logs"], subject) == [0, 1]
    assert blind(standard(), CATALOGUE, Subject("device", "0f" * 16)) == []


def test_what_cannot_be_searched_is_named() -> None:
    """What was cut is named: an address to its network, a path to its beginning."""
    said = blind(standard(), CATALOGUE, Subject("ip", "192.0.2.7"))
    cut = Blind(Purpose.ADMINISTRATION, "dns_resolvers", "address", "shorten_address")
    assert cut in said
    path = Blind(Purpose.SUPPORT, "folder_sizes", "file.path", "shorten_path")
    assert blind(standard(), CATALOGUE, Subject("serial", "PF3K9Q2M")) == [path]


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("name", "amelie", "the class is one of"),
        ("user", "  ", "no user that could be found"),
        ("ip", "amelie", "no ip that could be found"),
        ("device", "amelie", "no device that could be found"),
        ("device", "", "no device that could be found"),
    ],
)
def test_what_is_no_subject_is_refused(kind: str, value: str, words: str) -> None:
    """A class nobody knows, a value of none: one sentence, without the value."""
    with pytest.raises(UsageError, match=words) as refused:
        check_subject(Subject(kind, value))
    assert "amelie" not in str(refused.value)
    assert "amelie" not in repr(Subject(kind, value))
