# SPDX-License-Identifier: Apache-2.0
r"""The grammar of assignments, in which names give away their secrets.

Rules: quotes (escaped or not), brackets, elements and lists of XML and JSON, and
whatever signs assign; a match may hold more assignments, one in another or one after
the other, and each of them is looked at; where there are too many, all is hidden.
Not here: which names there are (`secret_names.py`), what a value must look like
(`secret_values.py`), the detectors (`detectors/secret_assignments.py`,
`detectors/secret_keys.py`).
"""

from collections.abc import Iterator

from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern
from agent.redaction.scanning import with_any_digit
from agent.redaction.secret_names import demand_of, may_be_uuid
from agent.redaction.secret_values import Demand, is_secret, is_uuid, trimmed
from agent.redaction.tags import TAG_PATTERN

CLASS = "secret"
BESIDE = 16
"""Bytes before a match: a word before the name, or what makes it another thing."""
_QUOTE = rb"(?:\\*[\"'`]|&quot;)"
_RUN = rb"[A-Za-z0-9_.$\x80-\xff-]*"
_TYPE = (
    rb"(?:&(?:'[a-z]+[ \t]+)?|const[ \t]+)?(?:std::)?(?:optional\[|option<|arc<|box<)?"
    rb"(?:str|string|secretstr|securestring|bytes|char|varchar|text|any)[\]>?*]*"
)
"""What languages write between a name and its value: key: &str = "..."."""
_SIGN = (
    rb"(?:"
    + _QUOTE
    + rb")?(?:\[\])?\]?[)]?[ \t]*(?:=>|->|:=|\?=|\|\||==|(?:(?::|as[ \t])?[ \t]*"
    + _TYPE
    + rb"[ \t]*)?=|::?|>(?:<!\[cdata\[)?|&gt;|<-|%3[dDaA]|\\+u003[da]|\||\(|"
    rb"(?:is|was|[ \t]provided:|[ \t]supplied:|[ \t]given:)[ \t])[ \t]*"
)
_LISTED = (
    rb"(?:\\+[rn])+[ \t]*value:[ \t]*|:[ \t]*[|>][+-]?(?:\\+[rn])+[ \t]*|"
    rb"[ \t]+reg_(?:expand_)?sz[ \t]+|[ \t]*,[ \t]*(?:<<|parametervalue=)|"
    + _QUOTE
    + rb"(?:\\+r\\+n){2}|"
    + _QUOTE
    + rb"[ \t]*:[ \t]*\{[ \t]*"
    + _QUOTE
    + rb"value"
    + _QUOTE
    + rb"[ \t]*:[ \t]*|"
    + _QUOTE
    + rb"[ \t]*(?:/?>?[ \t]*(?:,[ \t]*)?"
    + _QUOTE
    + rb"?(?:parameter)?value"
    + _QUOTE
    + rb"?[ \t]*[:=][ \t]*|,[ \t]*)"
)
_SCHEME = (
    rb"(?:(?:bearer|basic|token|apikey|key)[ \t]+|!!(?:str|binary)[ \t]+|"
    rb"(?:\\+n[ \t]*)?string\([0-9]+\)[ \t]*|"
    rb"(?:[a-z0-9_]+(?:\.|::))*(?:some|just|optional|ok|str|string|bytes|from|secretstr|"
    rb"securestring|b64decode|fromhex|decode|from_str|secretbytes)\()?"
)
"""What stands before a value: the kind of a token, its type, or a call around it."""
_VALUE = (
    rb"(?:\[[ \t]*\\*[\"'][^\]\n]*\]?|"
    rb"\"{3}[^\"\n]+\"*|'{3}[^'\n]+'*|"
    rb"[\[({]?[ \t]*(?:[bruf@$#]{0,2}\"(?:[^\"\\\n]|\\[^\n])*\"?|"
    rb"[bruf@$#]{0,2}'(?:[^'\\\n]|\\[^\n])*'?|"
    rb"\\+[\"'](?:[^\"'\n])*[\"']?|[^\s\"',]*[=:][ \t]*\\*[\"'][^\"'\n]*[\"']?|"
    rb"[^\s\"',]+(?:,[^\s\"',]+)*))"
)
_NAMED = (
    rb"(?:(?:parameter)?(?:key|name)" + _QUOTE + rb"?[ \t]*[=:][ \t]*" + _QUOTE + rb")?"
)
"""What stands before a name that is itself a value: key="ApiKey" value="..."."""

_HEAD = LazyPattern(
    rb"(?i)"
    + _NAMED
    + rb"(?P<name>"
    + _RUN
    + rb")(?:(?P<listed>"
    + _LISTED
    + rb")|(?P<sign>"
    + _SIGN
    + rb"))"
    + _SCHEME
)
_OPENING = LazyPattern(rb"(?i)[\[({]?[ \t]*[bruf@$#]{0,2}(\"{3}|'{3}|" + _QUOTE + rb")")
_PRIOR = LazyPattern(rb"([A-Za-z]{2,12})[ ]\Z")
_CUT = LazyPattern(
    rb"(?i)[\s\"']|[,;&](?:\Z|[\s\"'{}\[\]&]|[A-Za-z_][\w .-]{0,40}[=:])"
    rb"|&(?:quot|amp|lt|#3[49]);"
    rb"|\]\]>|\\+(?-i:[nrt])(?![a-z0-9])|\\+(?-i:[nrt])(?=[A-Z])|\\+u00[23][0-9a-e]|</|\|"
)
_ENCODED_END = LazyPattern(rb"(?i)%(?:26|3b|22|27|20|0a|7d|2c)")
_INNER = LazyPattern(rb"\\*[\"']([^\"'\\\n]*)\\*[\"']")
_SETTER = LazyPattern(rb"(?i)(?:[a-z0-9_]+\.)*(?:set|with|add|put|use)_?[a-z]")
"""The names of calls whose words are given to a secret."""
_DIRECTORY = LazyPattern(rb"[/\\~]|[A-Za-z]:\\")
_SHELL_NAMES = (b"pwd", b"oldpwd", b"owd")
_ORDINARY = frozenset({b"pass", b"pw", b"secret", b"otp", b"passwd"})
"""Names that are also ordinary words."""
_COUNTS = (b"keys", b"tokens", b"secrets", b"passwords", b"credentials")
_IDENTIFIER = LazyPattern(rb"[A-Za-z_][\w.]*")
_TELLING_NAME = 8
"""A value that holds so long a name is the code that reads the secret."""
_JUDGED = 2048
"""Bytes of a value that are looked at: no secret needs more to be seen as one."""
_SHORT_NUMBER = 5
_DIGEST_OF = b"of given "
"""Dovecot's auth_verbose_passwords: what follows is a digest's first letters."""
_QUOTES = (b"'", b'"', b" ")
_OPENED = LazyPattern(rb"[A-Za-z_][\w.-]{0,30}[=:]")
"""A further name, whose value the quote after it opens."""
_TAG = LazyPattern(TAG_PATTERN + rb"\Z")
"""A stand-in, whose letters may happen to spell pw or otp."""
_NAME = LazyPattern(_RUN[:-1] + rb"+")
_LONGEST_NAME = 64
_PARTING = (b"=", b":", b" ", b"%", b"\\u")
"""What may stand between two assignments of a match, beside the sign of one."""
_MOST = 32
"""Assignments within one match: more would cost too much, so that all is hidden."""


def assignment_pattern(keys: bytes) -> bytes:
    """Return RE2's pattern of all assignments to names that hold one of the keys.

    It takes any digit where one is written here, so that lines of one shape need no
    pattern of their own; the verdict asks for the digits.

    Args:
        keys: alternatives, in RE2's syntax.
    """
    run = _RUN + rb"(?:" + keys + rb")" + _RUN
    element = rb">[^<>\n]+</[A-Za-z0-9_.:-]*(?:" + keys + rb")[A-Za-z0-9_.-]*>"
    head = _NAMED + run + rb"(?:" + _LISTED + rb"|" + _SIGN + rb")" + _SCHEME
    whole = run + rb">[^<>\n]+</"
    pattern = rb"(?i:" + whole + rb"|" + head + _VALUE + rb"|" + element + rb")"
    return with_any_digit(pattern)


def verify_assignments(match: bytes, before: bytes, after: bytes) -> Found:
    """Return the values of all names in a match of an assignment's pattern."""
    del after
    if match.startswith(b">"):
        return _element(match)
    spans: list[tuple[int, int, str]] = []
    at = 0
    for count, start in enumerate(names_in(match)):
        if start < at:
            continue
        if count > _MOST:
            return (*spans, (start, len(match), CLASS))
        here = before if not start else (before + match[:start])[-BESIDE:]
        found = _assigned(match, start, here)
        if found:
            spans += found
            at = found[-1][1]
    return tuple(spans)


def names_in(match: bytes) -> Iterator[int]:
    """Yield where names of secrets may begin: at the begin of a match, and within."""
    yield 0
    if sum(map(match.count, _PARTING)) > 1:
        for found in _NAME.finditer(match):
            start, end = found.span()
            if (
                start
                and end - start <= _LONGEST_NAME
                and demand_of(found[0].decode("utf-8", "replace"))
            ):
                yield start


def _assigned(match: bytes, at: int, before: bytes) -> Found:
    """Return the value of the name that stands at one place of a match."""
    head = _HEAD.match(match, at)
    if head is None or before.endswith((b"://", _DIGEST_OF)):
        return ()
    name = spoken(head["name"], before)
    sign = (head["sign"] or head["listed"]).strip().lower()
    if sign == b">" and _TAG.search(before + head["name"] + sign):
        return ()
    demand = demand_of(name)
    if demand is None:
        return ()
    start, end, quoted = _bounds(match, head.end(), sign)
    listed = head["listed"] is not None
    if listed and sign[-1:] == b"," and (not quoted or demand is Demand.RANDOM):
        return ()
    tight = quoted or listed or _is_tight(head["sign"])
    if sign.endswith(b"("):
        if not quoted or b")" in sign:
            return ()
        tight = _SETTER.match(head["name"]) is not None
    if sign.endswith(b"|") and not sign.endswith(b"||"):
        demand = Demand.RANDOM
    elif demand is Demand.ANY and (
        _is_weak(head["name"], sign, tight=tight)
        or (not quoted and head[0].endswith(b"("))
    ):
        demand = Demand.TOKEN
    spans = [(start, end)]
    if quoted and match[head.end() : head.end() + 1] in (b"[", b"("):
        inner = [one.span(1) for one in _INNER.finditer(match, head.end())]
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


def _names_itself(name: bytes, value: bytes) -> bool:
    """Tell whether a value is the code that reads the secret of that name."""
    return name in value.lower() and _IDENTIFIER.fullmatch(value) is not None


def spoken(name: bytes, before: bytes) -> str:
    """Return a name with the word before it: API key."""
    prior = _PRIOR.search(before)
    return (b"" if prior is None else prior[1] + b" ").decode() + name.decode(
        "utf-8", "replace"
    )


def _is_weak(name: bytes, sign: bytes, *, tight: bool) -> bool:
    """Tell whether a password's name stands where any word may follow."""
    if sign.endswith((b"->", b"||", b"is", b"was", b",")):
        return True
    if sign.endswith(b"("):
        return not tight
    return not tight and name.lower() in _ORDINARY


def _is_tight(sign: bytes) -> bool:
    """Tell whether a sign assigns, rather than follow a word in a sentence."""
    return b"=" in sign or b":" not in sign or sign[-1:] not in b" \t"


def _bounds(match: bytes, at: int, sign: bytes) -> tuple[int, int, bool]:
    """Return where a value begins and ends, and whether quotes say so."""
    opening = _OPENING.match(match, at)
    if opening is not None:
        quote = opening[1]
        start = opening.end()
        end = match.find(quote, start)
        while end > 0 and match[end - 1 : end] == b"\\" and not quote.startswith(b"\\"):
            end = match.find(quote, end + 1)
        return start, len(match) if end < 0 else end, True
    start = at
    if sign == b">" and match.endswith(b"</"):
        return start, match.rindex(b"</"), False
    stop = _ENCODED_END if sign.startswith(b"%3") else _CUT
    cut = stop.search(match, start, start + _JUDGED)
    end = len(match) if cut is None else cut.start()
    if match[end : end + 1] in _QUOTES and _OPENED.fullmatch(match, start, end):
        return start, start, False
    if sign.endswith((b">", b"&gt;")):
        tag = match.find(b"<", start)
        end = tag if start < tag < end else end
    return start, start + len(trimmed(match[start:end])), False


def _counts(name: str, value: bytes, demand: Demand, *, tight: bool) -> bool:
    """Tell whether a value is a secret of that name."""
    lowered = name.lower().encode()
    if lowered.endswith(_SHELL_NAMES) and _DIRECTORY.match(value):
        return False
    if value.isdigit() and lowered.endswith(_COUNTS):
        return False
    if value.isdigit() and lowered.endswith(b"pass") and len(value) < _SHORT_NUMBER:
        return False
    value = value[:_JUDGED]
    if is_uuid(value) and demand is not Demand.ANY:
        return may_be_uuid(name)
    if len(lowered) >= _TELLING_NAME and _names_itself(lowered, value):
        return False
    return is_secret(value, demand, tight=tight)
