# SPDX-License-Identifier: Apache-2.0
"""What a secret's value looks like, and what does not.

Rules: every value here was written for this test.
Not here: names (`test_secret_names.py`), whole texts (the detectors' own examples).
"""

import pytest

from agent.redaction.secret_values import (
    Demand,
    entropy,
    is_mixed,
    is_placeholder,
    is_random,
    is_secret,
    is_telling,
    is_uuid,
    is_wordy,
    trimmed,
)

RANDOM = [
    b"9f86d081884c7d659a2feaa0c55ad015",
    b"Qx7kPz2mWv9sLr4t",
    b"q7x_2kd9w3jf_zl0-4mdp",
    b"Zm9vYmFy+QmF6/Xh4cQ==",
    b"fXyiZGcbeHxPOCKPqRtLmZ",
    b"q7x2kd9w3jfzl0",
    b"x7k2p9q1-default",
    b"x7k2p9q1-connectionrefused",
    b"kqzvxw1234mbtr56pl",
]
NOT_RANDOM = [
    b"short1a2b",
    b"3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    b"2024-01-05T10:11:12Z",
    b"deploy-prod-eu1-2024.1.5",
    b"default-token-x7k2p",
    b"https://intern.example/a1b2c3d4e5f6",
    b"aaaaaaaaaaaaaaaa1111111111111111",
    b"1234567890123456789",
    b"AuthorizationManagerImpl",
    b"q7x2kd9w3jfzl",
    b"q7x2kd9w(3jfzl0mdp",
    b"0x9f86d081884c7d65",
    b"node12-rack34-blade56",
    b"x7k2p9q-defaults",
    b"x7k2p9q1-connectionsrefused",
    b"kqzvxw1234mbtrpl5678",
    b"a1a1a1a1a1a1a1a1",
    b"authenticationserverdatabase",
]
PLACEHOLDERS = [
    b"********",
    b"xxxxxxxx",
    b"${TOKEN}",
    b"$TOKEN",
    b"%TOKEN%",
    b"{{ token }}",
    b"<token>",
    b"changeme",
    b"your-api-key",
    b"[REDACTED]",
    b"process.env.TOKEN",
    b"getenv('TOKEN')",
    b"my_password",
    b"%s:%s",
    b"#A1B2C3",
]


@pytest.mark.parametrize("value", RANDOM)
def test_drawn_values_are_random(value: bytes) -> None:
    """What a machine drew is seen as random."""
    assert is_random(value)


@pytest.mark.parametrize("value", NOT_RANDOM)
def test_words_numbers_and_names_are_not_random(value: bytes) -> None:
    """Versions, dates, UUIDs, names of builds and addresses are not random."""
    assert not is_random(value)


@pytest.mark.parametrize("value", PLACEHOLDERS)
@pytest.mark.parametrize("demand", list(Demand))
def test_placeholders_are_no_secrets(value: bytes, demand: Demand) -> None:
    """Masks, variables, code and examples stay, whatever the name asks."""
    assert not is_secret(value, demand, tight=True)


@pytest.mark.parametrize(
    "value", [b"$ecr3t", b"hunter2", b"foo(bar", b"p<w>d", b"MyExample1!", b"12345"]
)
def test_any_other_value_is_a_password(value: bytes) -> None:
    """A password may look like anything, like the beginning of code as well."""
    assert not is_placeholder(value)
    assert is_secret(value, Demand.ANY, tight=True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"9f8e7d6c5b", True),
        (b"493817", True),
        (b"abc123def", True),
        (b"identifier", False),
        (b"QwErTyUiOpAsDfGhJkLzXc", True),
        (b"kqzvxwpjmhgfdtrb", True),
        (b"HXQZWVKJGTRPLFBN", True),
        (b"getUserNameFromToken", False),
        (b"getUserNameFromAccessTokenProvider", False),
        (b"ACCESSTOKENMISSING", False),
        (b"joinedtoasecretbysomebodyelse", True),
        (b"0x3e7", False),
        (b"1.2.3", False),
        (b"2024-01-05", False),
        (b"android.os.BinderProxy@1f4be2d", False),
        (b"/run/agent.sock", False),
        (b"test-key-sample", False),
        (b"q1w2z3", True),
        (b"q1w2z", False),
        (b"1f4be2d7", False),
        (b"1f4be2d79", True),
        (b"49381726", True),
        (b"493817265", True),
        (b"4938172650", True),
        (b"49381726501", False),
        (b"https://intern.invalid/q1w2z3", False),
        (b"example-q1w2z3x9", False),
        (b"2024-01-05T10:11:12Z", False),
        (b"/srv/node12/rack3", False),
    ],
)
def test_a_token_is_not_words_or_a_number(value: bytes, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """A token has letters and digits mixed, or is a code of one use."""
    assert is_secret(value, Demand.TOKEN, tight=True) is expected


def test_each_demand_asks_for_more_than_the_one_before() -> None:
    """A word is a password, with a number a token, and drawn letters are random."""
    words = (b"required", b"blue", b"hunter22", b"q7x2kd9w3jfzl0")
    counts = [
        sum(is_secret(word, demand, tight=True) for word in words) for demand in Demand
    ]
    assert counts == [3, 2, 1]


def test_a_sentence_asks_for_more_than_an_assignment() -> None:
    """A word with a number counts where it was assigned, not where it was told."""
    assert is_secret(b"hunter22", Demand.TOKEN, tight=True)
    assert not is_secret(b"hunter22", Demand.TOKEN, tight=False)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"hunter2).", b"hunter2"),
        (b"hunter2.", b"hunter2"),
        (b"hunter2:", b"hunter2"),
        (b"(hunter2)", b"(hunter2)"),
        (b"a(b)", b"a(b)"),
        (b"hunter2}]},", b"hunter2"),
        (b"...", b""),
        (b"plain", b"plain"),
    ],
)
def test_what_closes_a_sentence_is_cut_off(value: bytes, expected: bytes) -> None:
    """Only brackets that the value opened stay at its end."""
    assert trimmed(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"", True),
        (b"required", True),
        (b"(Required).", True),
        (b"%%1842", True),
        (b"%%", False),
        (b"%%x1", False),
        (b"hunter2", False),
        (b"...", False),
    ],
)
def test_words_that_tell_about_a_secret(value: bytes, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """Words of messages, in any case, with marks, and Windows' own for yes."""
    assert is_telling(value) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"x<secret-removed>y", True),
        (b"<user_7f3k9q2m>", True),
        (b"hunter2<user_7f3k9q2m>", True),
        (b"hunter2<user_7f3k9q2m", False),
        (b"hunter2>x", False),
    ],
)
def test_what_holds_a_tag_was_judged(value: bytes, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """It is not judged again."""
    assert is_placeholder(value) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"correct-horse", True),
        (b"correct horse, 12", True),
        (b"correct$horse", False),
        (b"correct $horse", True),
        (b"authenticationserversid", True),
        (b"authenticationserverside", False),
        (b"CONFIGURATIONFILEPERMISSIONS", True),
        (b"CONFIGURATIONFILEPERMISSIONS1", False),
        (b"connectionserver1", False),
        (b"kqzvxwpjmhgfdtrb", False),
        (b"kqzvxwp", True),
        (b"aBcDeF", False),
        (b"node12", False),
    ],
)
def test_words(value: bytes, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """Long small letters are no word, drawn ones neither; signs and cases tell too."""
    assert is_wordy(value, numbered=False) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"hunt3rTw", True),
        (b"hunt3rT", False),
        (b"hunt3r(Two42", False),
        (b"hunt3rTwo(x", False),
        (b"https://a1b2c3d4", False),
        (b"example-a1b2c3d4", False),
        (b"rack-a1b2c3d4", True),
    ],
)
def test_mixed_parts_at_their_bounds(value: bytes, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """Eight letters and digits; no address, no example, no code."""
    assert is_mixed(value) is expected


def test_words_with_numbers_are_words_only_where_that_is_asked() -> None:
    """The same value is wordy or not."""
    assert is_wordy(b"node12-rack3", numbered=True)
    assert not is_wordy(b"node12-rack3", numbered=False)


def test_mixed_values_have_digits_between_letters() -> None:
    """A number at the end of a word does not make it mixed."""
    assert is_mixed(b"hunt3rTwo42")
    assert not is_mixed(b"authentication2")


def test_entropy_is_that_of_shannon() -> None:
    """One letter has none, four different ones have two bits."""
    assert entropy(b"aaaa") == 0
    assert entropy(b"abcd") == 2


def test_uuids_are_known_in_braces_too() -> None:
    """A UUID is one with and without braces, and a longer value is none."""
    assert is_uuid(b"{3F2504E0-4F89-11D3-9A0C-0305E82C3301}")
    assert not is_uuid(b"3f2504e0-4f89-11d3-9a0c-0305e82c33010")
