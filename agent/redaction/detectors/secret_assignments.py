# SPDX-License-Identifier: Apache-2.0
r"""Values given to names such as password, token or api_key.

Rules: the name stays, the value goes whole, quoted or not, in the forms of shells,
JSON (escaped or not), YAML, INI, XML, URLs and sentences; words that only tell about
a secret (password: required), variables, masks and examples stay.
Not here: names (`secret_names.py`), what a value must look like (`secret_values.py`),
headers (`secret_headers.py`), options of commands (`command_secrets.py`).
"""

from agent.redaction.detector import Found
from agent.redaction.patterns import compiled
from agent.redaction.secret_names import VENDORS, demand_of, may_be_uuid
from agent.redaction.secret_values import (
    Demand,
    is_mixed,
    is_secret,
    is_uuid,
    trimmed,
)

NAME = "secret_assignments"
CLASS = "secret"
_KEYS = (
    rb"pass(?:w|phrase|code)|pass|pwd?|secret|token|key|credential|creds|auth|"
    rb"kennwort|psk|pswd|community|jwt|bearer|otp|motdepasse|mdp|contrasena|senha|"
    rb"wachtwoord|contrase|parola|heslo|salasana|jelszo|haslo|sessionid|"
) + b"|".join(VENDORS.encode("ascii").split())
_QUOTE = rb"(?:\\*(?:[\"'`]|u0022|u0027)|&quot;|&#3[49];|%2[27])"
_RUN = rb"[A-Za-z0-9_.$\x80-\xff-]*"
_SIGN = (
    rb"(?:"
    + _QUOTE
    + rb")?\]?[)]?[ \t]*(?:=>|->|:=|\?=|\|\||==?|::?|>|&gt;|%3[dDaA]|\\+u003[da]|"
    rb"(?:is|was)[ \t])[ \t]*"
)
_LISTED = (
    _QUOTE
    + rb"[ \t]*(?:/?>?[ \t]*(?:,[ \t]*)?"
    + _QUOTE
    + rb"?value"
    + _QUOTE
    + rb"?[ \t]*[:=][ \t]*|,[ \t]*)"
)
_SCHEME = rb"(?:(?:bearer|basic|token|apikey|key)[ \t]+)?"
_VALUE = (
    rb"(?:\[[ \t]*\\*[\"'][^\]\n]*\]?|"
    rb"[\[({]?[ \t]*(?:[bruf]{0,2}\"(?:[^\"\\\n]|\\[^\n])*\"?|"
    rb"[bruf]{0,2}'(?:[^'\\\n]|\\[^\n])*'?|"
    rb"\\+[\"'](?:[^\"'\n])*[\"']?|[^\s\"',]+(?:,[^\s\"',]+)*))"
)
_TOLD = (
    rb"(?:[ \t]+[a-z]+)?(?:[ \t]+[a-z]+)?(?:[ \t]+[a-z]+)?[ \t]+[\"'`(\[<]*"
    + rb"[A-Za-z0-9_+/=.~-]" * 12
    + rb"[A-Za-z0-9_+/=.~-]*"
)
_NAMED = rb"(?:(?:key|name)" + _QUOTE + rb"?[ \t]*[=:][ \t]*" + _QUOTE + rb")?"
"""What stands before a name that is itself a value: key="ApiKey" value="..."."""
PATTERN = (
    rb"(?i:"
    + _NAMED
    + _RUN
    + rb"(?:"
    + _KEYS
    + rb")"
    + _RUN
    + rb"(?:(?:"
    + _SIGN
    + rb"|"
    + _LISTED
    + rb")"
    + _SCHEME
    + _VALUE
    + rb"|"
    + _TOLD
    + rb")|>[^<>\n]+</[A-Za-z0-9_.:-]*(?:"
    + _KEYS
    + rb")[A-Za-z0-9_.-]*>)"
)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 16
SPREADS = False

_HEAD = (
    rb"(?i)"
    + _NAMED
    + rb"(?P<name>"
    + _RUN
    + rb")(?:(?P<sign>"
    + _SIGN
    + rb")|(?P<listed>"
    + _LISTED
    + rb"))"
    + _SCHEME
)
_TELLS = rb"(?i)(?P<name>" + _RUN + rb")(?:[ \t]+[a-z]+){0,3}[ \t]+[\"'`(\[<]*"
_OPENING = rb"(?i)[\[({]?[ \t]*[bruf]{0,2}(" + _QUOTE + rb")"
_PRIOR = rb"([A-Za-z]{2,12})[ ]\Z"
_CUT = (
    rb"(?i)[,;&](?:\Z|[\s\"'{}\[\]&]|[A-Za-z_][\w .-]{0,40}=)|&(?:quot|amp|lt|#3[49]);"
    rb"|\\+[nrt](?![a-z0-9])|\\+[nrt](?=[A-Z])|\\+u00[23][0-9a-e]|</|\|"
)
_ENCODED_END = rb"(?i)%(?:26|3b|22|27|20|0a|7d|2c)"
_INNER = rb"\\*[\"']([^\"'\\\n]+)\\*[\"']"
_DIRECTORY = rb"[/\\~]|[A-Za-z]:\\"
_SHELL_NAMES = (b"pwd", b"oldpwd", b"owd")
_ORDINARY = frozenset({b"pass", b"pw", b"secret", b"otp", b"passwd"})
"""Names that are also ordinary words."""
_COUNTS = (b"keys", b"tokens", b"secrets", b"passwords", b"credentials")
_TELLING_NAME = 8
"""A value that holds so long a name is the code that reads the secret."""
_SHORT_NUMBER = 5
_TOLD_LENGTH = 12
"""Digits of a number beside `pass` that may be a secret: fewer count the tests."""
_DIGEST_OF = b"of given "
"""Dovecot's auth_verbose_passwords: what follows is a digest's first letters."""


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Return the value, without its quotes, if the name and it fit each other."""
    del after
    if before.endswith((b"://", _DIGEST_OF)):
        return ()
    if match.startswith(b">"):
        return _element(match)
    head = compiled(_HEAD).match(match)
    if head is None:
        return _told(match, before)
    name = _spoken(head["name"], before)
    sign = (head["sign"] or head["listed"]).strip().lower()
    demand = demand_of(name)
    if demand is None:
        return ()
    start, end, quoted = _bounds(match, head.end(), sign)
    listed = head["listed"] is not None
    if listed and b"value" not in sign and (not quoted or demand is Demand.RANDOM):
        return ()
    tight = quoted or listed or _is_tight(head["sign"])
    if demand is Demand.ANY and _is_weak(head["name"], sign, tight=tight):
        demand = Demand.TOKEN
    spans = [(start, end)]
    if quoted and match[head.end() : head.end() + 1] in (b"[", b"("):
        inner = [one.span(1) for one in compiled(_INNER).finditer(match, head.end())]
        spans = [span for span in inner if span[1] > span[0]] or spans
    return tuple(
        (first, last, CLASS)
        for first, last in spans
        if _counts(name, match[first:last], demand, tight=tight)
    )


def _element(match: bytes) -> Found:
    """Return what stands in an element of XML, which its end names."""
    start, end = 1, match.rindex(b"</")
    name = match[end + 2 : -1].decode("ascii", "replace")
    demand = demand_of(name)
    if demand is None or not _counts(name, match[start:end], demand, tight=True):
        return ()
    return ((start, end, CLASS),)


def _spoken(name: bytes, before: bytes) -> str:
    """Return a name with the word before it: API key."""
    prior = compiled(_PRIOR).search(before)
    return (b"" if prior is None else prior[1] + b" ").decode() + name.decode(
        "utf-8", "replace"
    )


def _is_weak(name: bytes, sign: bytes, *, tight: bool) -> bool:
    """Tell whether a password's name stands where any word may follow."""
    if sign.endswith((b"->", b"||", b"is", b"was", b",")):
        return True
    return not tight and name.lower() in _ORDINARY


def _is_tight(sign: bytes) -> bool:
    """Tell whether a sign assigns, rather than follow a word in a sentence."""
    return b":" not in sign or sign[-1:] not in b" \t"


def _bounds(match: bytes, at: int, sign: bytes) -> tuple[int, int, bool]:
    """Return where a value begins and ends, and whether quotes say so."""
    opening = compiled(_OPENING).match(match, at)
    if opening is not None:
        quote = opening[1]
        start = opening.end()
        end = match.find(quote, start)
        while end > 0 and match[end - 1 : end] == b"\\" and not quote.startswith(b"\\"):
            end = match.find(quote, end + 1)
        return start, len(match) if end < 0 else end, True
    start = at
    stop = _ENCODED_END if sign.startswith(b"%3") else _CUT
    cut = compiled(stop).search(match, start)
    end = len(match) if cut is None else cut.start()
    if sign.endswith((b">", b"&gt;")):
        tag = match.find(b"<", start)
        end = tag if start < tag < end else end
    return start, start + len(trimmed(match[start:end])), False


def _counts(name: str, value: bytes, demand: Demand, *, tight: bool) -> bool:
    """Tell whether a value is a secret of that name."""
    lowered = name.lower().encode()
    if lowered.endswith(_SHELL_NAMES) and compiled(_DIRECTORY).match(value):
        return False
    if value.isdigit() and lowered.endswith(_COUNTS):
        return False
    if value.isdigit() and lowered.endswith(b"pass") and len(value) < _SHORT_NUMBER:
        return False
    if is_uuid(value) and demand is not Demand.ANY:
        return may_be_uuid(name)
    if len(lowered) >= _TELLING_NAME and lowered in value.lower():
        return False
    return is_secret(value, demand, tight=tight)


def _told(match: bytes, before: bytes) -> Found:
    """Return a random value that a sentence names: with token abc..."""
    head = compiled(_TELLS).match(match)
    if head is None:
        return ()
    name = _spoken(head["name"], before)
    demand = demand_of(name)
    if demand is None:
        return ()
    start = head.end()
    end = start + len(trimmed(match[start:]))
    value = match[start:end]
    shown = is_secret(value, Demand.RANDOM, tight=False) or (
        (demand is not Demand.RANDOM and is_mixed(value) and len(value) >= _TOLD_LENGTH)
        or (is_uuid(value) and may_be_uuid(name))
    )
    return ((start, end, CLASS),) if shown else ()


_KEY = "3f9d" + "1c7e5ab2" * 3
HITS = (
    ("password=hunter2 next", "hunter2"),
    ('"db_password": "hunter2"', "hunter2"),
    ("DB_PASSWORD='a b c'", "a b c"),
    ("api_key: 9f8e7d6c5b", "9f8e7d6c5b"),
    ("aws_secret_access_key = wJalr/XUtn", "wJalr/XUtn"),
    (r"{\"token\":\"abc123def\"}", "abc123def"),
    (r"{\\\"token\\\":\\\"abc123def\\\"}", "abc123def"),
    ("password=a<b>c", "a<b>c"),
    ("snmp community: private7", "private7"),
    ("<password>hunter2</password>", "hunter2"),
    ('<add key="ApiKey" value="9f8e7d6c5b"/>', "9f8e7d6c5b"),
    ('{"name": "DB_PASSWORD", "value": "hunter2"}', "hunter2"),
    ("Server=db;User Id=sa;Password=hun,ter2;Encrypt=yes", "hun,ter2"),
    (
        "AccountName=a;AccountKey=Zm9vYmFyYmF6cXV4cXV1eA==;E=f",
        "Zm9vYmFyYmF6cXV4cXV1eA==",
    ),
    ("x=1%26password%3Dhunter2%26y", "hunter2"),
    (r"{\u0022password\u0022:\u0022hunter2\u0022}", "hunter2"),
    (f"HEROKU: {'12345678-' + 'abcd-1234-abcd-1234567890ab'}", "abcd-1234-abcd"),
    (f"datadog = '{_KEY}'", _KEY),
    (f"starting with API key {_KEY}.", _KEY),
    (f"token for build is {_KEY}", _KEY),
    ('"tokens": ["a1b2c3d4e5", "f6g7h8i9j0"]', "f6g7h8i9j0"),
    ("the password is hunter2!", "hunter2"),
    ("User(name=x, password=hunter2)", "hunter2"),
    ("_authToken=1b2c3d4e-0000-4000-8000-0123456789ab", "1b2c3d4e"),
    ("&quot;password&quot;:&quot;hunter2&quot;", "hunter2"),
    ("net user x password: 'p w'", "p w"),
    ('<Password Type="x">hunter 2</Password>', "hunter 2"),
    ("&lt;password&gt;hunter2&lt;/password&gt;", "hunter2"),
    ("contraseña=hunter2 mot de passe: abc", "hunter2"),
    ("mot de passe: hunter2", "hunter2"),
)
MISSES = (
    "Failed password for root",
    "password: required",
    "password=******",
    "password_length=12 token_count=7",
    "PWD=/var/tmp ; COMMAND=/bin/ls",
    "token: expected ';'",
    "password_file: /etc/x",
    "PublicKeyToken=31bf3856ad364e35",
    "password=${DB_PASSWORD} token=$TOKEN api_key={{ key }} secret=<secret>",
    "api_key=your-api-key-here password=changeme",
    'password = os.environ["DB_PASSWORD"]',
    "primary_key=9f8e7d6c5b4a39281706 cache_key: 9f8e7d6c5b4a39281706",
    "key=value auth=none key: ssh-ed25519",
    "total_tokens: 123456, max_tokens=4096",
    "Token: 0x3e7 KeyLength: 128",
    "google: started with 12 workers",
    "github.com:443 docker=running",
    "token_type: Bearer, expires_in: 3600",
    "session_id=3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "key sha256:9f86d081884c7d65 of layer",
    "tests pass: 120 fail: 3",
    "password is incorrect",
    "pam_unix(passwd:chauthtok): password changed for x",
    "status installed passwd:amd64 1:4.13+dfsg1-1+deb12u1",
    "wakelock token=1f4be2d7 token=android.os.BinderProxy@1f4be2d",
    "<Key>HKLM</Key><TokenType>Primary</TokenType>",
)
WORST = "password_password."
