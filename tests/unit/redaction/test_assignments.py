# SPDX-License-Identifier: Apache-2.0
r"""Where the value of an assignment begins and ends, and which ones count.

Rules: a line, and what the two detectors of assignments make of it, where `*` stands
for what is removed; values are made up.
Not here: names (`test_secret_names.py`), values (`test_secret_values.py`).
"""

import pytest

from agent.redaction.detectors import detectors, secret_assignments, secret_keys
from agent.redaction.identities import Identities
from agent.redaction.text import Scrubber

NAMES = {secret_assignments.NAME, secret_keys.NAME}
USING = [detector for detector in detectors() if detector.name in NAMES]
UUID = "1b2c3d4e-0000-4000-8000-0123456789ab"
DRAWN = "kX9vQ2mZ7pLr4TbN8sWd"


def _scrubbed(line: str) -> str:
    text = Scrubber(Identities(), None, using=USING).scrub(line)
    return str(text).replace("<secret-removed>", "*")


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("password=hunter2", "password=*"),
        ("password = hunter2 next", "password = * next"),
        ("password: hunter2.", "password: *."),
        ("password:hunter2", "password:*"),
        ("password := hunter2", "password := *"),
        ("password => 'hunter2',", "password => '*',"),
        ("password == hunter2", "password == *"),
        ("password ?= hunter2", "password ?= *"),
        ("(password=hunter2)", "(password=*)"),
        ("[password=hunter2]", "[password=*]"),
        ("{password=hunter2, a=b}", "{password=*, a=b}"),
        ("password=hun,ter2 x", "password=* x"),
        ("password=hunter2, user=eve", "password=*, user=eve"),
        ("password=hunter2,user=eve", "password=*,user=eve"),
        ("password=hunter2;user=eve", "password=*;user=eve"),
        ("password=hunter2&user=eve", "password=*&user=eve"),
        ("password=hun&ter2 x", "password=* x"),
        ("password=hunter2|x", "password=*|x"),
        ("password=hunter2</x>", "password=*</x>"),
        (r"password=hunter2\nuser=eve", r"password=*\nuser=eve"),
        (r"password=hunter2\u0026user=eve", r"password=*\u0026user=eve"),
        ("password%3Dhunter2%26user%3Deve", "password%3D*%26user%3Deve"),
        ("a&password=hunter2&quot;", "a&password=*&quot;"),
    ],
)
def test_a_bare_value_ends_where_another_thing_begins(line: str, becomes: str) -> None:
    """At blanks, at a further name, at what closes; signs inside are its own."""
    assert _scrubbed(line) == becomes


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ('password="hunter2"', 'password="*"'),
        ("password='a b c' d", "password='*' d"),
        ('password="a, b; c=d" e', 'password="*" e'),
        (r'password="a\"b c" d', r'password="*" d'),
        (r'password="a\"b\"c" d', r'password="*" d'),
        (r"{\"password\":\"a b\",\"c\":1}", r"{\"password\":\"*\",\"c\":1}"),
        ('password="hunter2 and more', 'password="*'),
        ('password=""', 'password=""'),
        ("password=`hunter2`", "password=`*`"),
        ('password=b"hunter2"', 'password=b"*"'),
        ('password=@"hunter2"', 'password=@"*"'),
        ('passwords: ["hunter2", "hunter3"]', 'passwords: ["*", "*"]'),
        ('passwords=("hunter2", "hunter3")', 'passwords=("*", "hunter3")'),
        ('passwords: ["", "hunter3"]', 'passwords: ["", "*"]'),
        ('"password", "hunter2"', '"password", "*"'),
        ('"password", hunter2', '"password", hunter2'),
        ('"password", "reset"', '"password", "reset"'),
        (f'"datadog", "{DRAWN}"', f'"datadog", "{DRAWN}"'),
        (f'"datadog": "{DRAWN}"', '"datadog": "*"'),
        ('{"name":"password","value":"hunter2"}', '{"name":"password","value":"*"}'),
        ('key="password" value="hunter2"', 'key="password" value="*"'),
    ],
)
def test_quotes_say_where_a_value_ends(line: str, becomes: str) -> None:
    """All between them, escaped ones included; of a list each element."""
    assert _scrubbed(line) == becomes


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("<password>hunter2</password>", "<password>*</password>"),
        ("<a:password>hunter 2</a:password>", "<a:password>*</a:password>"),
        ("<password>hunter 2, too</password> x", "<password>*</password> x"),
        ("<token>some words here</token>", "<token>some words here</token>"),
        ("<p>password>hunter 2</p>", "<p>password>*</p>"),
        ("<password>hunter2<br/>", "<password>*<br/>"),
        ("<password></password>", "<password></password>"),
        ("<password>required</password>", "<password>required</password>"),
        ("<Key>HKLM</Key>", "<Key>HKLM</Key>"),
        ("<PWD>/var/tmp</PWD>", "<PWD>/var/tmp</PWD>"),
        (f"<x>{DRAWN}</ApiKey>", "<x>*</ApiKey>"),
        ("<p>hunter2</passwordLength>", "<p>hunter2</passwordLength>"),
    ],
)
def test_elements(line: str, becomes: str) -> None:
    """What stands in an element is given to its name."""
    assert _scrubbed(line) == becomes


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("token=hunter22", "token=*"),
        ("token:hunter22", "token:*"),
        ("token: hunter22", "token: hunter22"),
        ("token: h4nt3r22", "token: *"),
        ("token : hunter22", "token : hunter22"),
        ("token = hunter22", "token = *"),
        ("token is hunter22", "token is *"),
        ("pass: hunter22", "pass: hunter22"),
        ("pass:hunter22", "pass:*"),
        ("pass: h4nt3r22", "pass: *"),
        ("password: blue", "password: *"),
        ("password is blue", "password is blue"),
        ("password was h4nt3r22", "password was *"),
        ("password -> blue", "password -> blue"),
        ("password -> h4nt3r22", "password -> *"),
        ("password || 'blue'", "password || 'blue'"),
        ("password || 'hunter22'", "password || '*'"),
        ("| password | h4nt3r22 |", "| password | h4nt3r22 |"),
        (f"| password | {DRAWN} |", "| password | * |"),
        ("password <- blue", "password <- *"),
    ],
)
def test_a_sentence_asks_for_more_than_an_assignment(line: str, becomes: str) -> None:
    """Where any word may follow, the value has to look like a secret."""
    assert _scrubbed(line) == becomes


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ('setPassword("blue")', 'setPassword("*")'),
        ('x.with_password("blue")', 'x.with_password("*")'),
        ('getPassword("blue")', 'getPassword("blue")'),
        ('hasToken("hunter22")', 'hasToken("hunter22")'),
        ("setPassword(blue)", "setPassword(blue)"),
        ('f(password) ("blue")', 'f(password) ("blue")'),
        ('f(set_password) ("blue")', 'f(set_password) ("blue")'),
    ],
)
def test_calls_that_set_a_secret(line: str, becomes: str) -> None:
    """A quoted word is given to the name by a call that sets, not by one that asks."""
    assert _scrubbed(line) == becomes


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("http://password:hunter2@", "http://password:hunter2@"),
        ("(SHA1 of given password: 3f5a1c)", "(SHA1 of given password: 3f5a1c)"),
        ("for the given password: 3f5a1c", "for the given password: *"),
        ("PWD=/var/tmp", "PWD=/var/tmp"),
        ("OLDPWD=~/x1 DB_PWD=x1y2", "OLDPWD=~/x1 DB_PWD=*"),
        (r"PWD=C:\Temp", r"PWD=C:\Temp"),
        ("PASSWORD=/var/tmp", "PASSWORD=*"),
        ("passwords=12 tokens=493817", "passwords=12 tokens=493817"),
        ("token=493817", "token=*"),
        ("pass=1234 pass=12345", "pass=1234 pass=*"),
        ("password=1234", "password=*"),
        (f"token={UUID}", f"token={UUID}"),
        (f"auth_token={UUID}", "auth_token=*"),
        (f"password={UUID}", "password=*"),
        (f"pwd={UUID}", "pwd=*"),
        ("my_token = use_my_token2x", "my_token = use_my_token2x"),
        ("dbtoken = use_dbtoken2x", "dbtoken = *"),
        ("db_token = use-db_token2x", "db_token = *"),
        ("password=the_password1", "password=the_password1"),
        ("user_password=form.user_password", "user_password=form.user_password"),
        ("API key: 9f8e7d6c5b", "API key: *"),
        ("cache key: 9f8e7d6c5b4a39281706", "cache key: 9f8e7d6c5b4a39281706"),
        ("password_length=12", "password_length=12"),
        ("monkey=h4nt3r22", "monkey=h4nt3r22"),
    ],
)
def test_what_else_such_names_stand_beside(line: str, becomes: str) -> None:
    """Directories, counts, numbers of things and the code that reads a secret stay."""
    assert _scrubbed(line) == becomes


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("password=hunter1;token=a1b2c3d4e5", "password=*;token=*"),
        ("token: password='a b'", "token: password='*'"),
        ("password_length:password=hunter2", "password_length:password=*"),
        ('key: "password=hunter2"', 'key: "password=*"'),
        ("password=hunter1 password=hunter2", "password=* password=*"),
        ('password_length="password=hunter2"', 'password_length="password=*"'),
    ],
)
def test_one_in_another_and_one_after_the_other(line: str, becomes: str) -> None:
    """Each assignment of a match is looked at."""
    assert _scrubbed(line) == becomes


@pytest.mark.parametrize("count", [2, 31, 32, 33, 40, 200])
def test_of_many_assignments_none_is_shown(count: int) -> None:
    """Where there are too many in one match, all of the rest is hidden."""
    line = ";".join(f"password=hunter{number}" for number in range(count))
    assert "hunter" not in _scrubbed(line)


@pytest.mark.parametrize("parting", [b"%5d.", b"\\u0020"])
def test_what_looks_like_an_encoded_sign_hides_no_assignment(parting: bytes) -> None:
    """The pattern takes any digit there, the verdict the name behind it."""
    match = b"my_key" + parting + b"api_key=9f8e7d6c5b"
    span = (len(match) - len("9f8e7d6c5b"), len(match), "secret")
    assert secret_keys.verify(match, b"", b"") == (span,)
