# SPDX-License-Identifier: Apache-2.0
"""The user's name in the path of a home directory or profile.

Rules: only the name goes, the path stays readable; profiles that every machine has
(Public, Default) stay.
Not here: whole path columns (`wire/transforms/shorten_path.py`).
"""

import re

from agent.redaction.detector import Found
from agent.redaction.ordinary import BUILT_IN_ACCOUNTS

NAME = "home_paths"
CLASS = "user"
_SEPARATOR = rb"(?:\\{1,8}|/|%2[fF]|%5[cC])"
_HEAD = (
    rb"(?i:(?:/|%2f)(?:export/)?(?:home|homes|users|media|var/mail|var/spool/mail|"
    rb"var/spool/cron/crontabs)(?:/|%2f)|[a-z](?::|%3a)"
    + _SEPARATOR
    + rb"(?:users|documents and settings|docume~1)"
    + _SEPARATOR
    + rb"|\\{1,8}users\\{1,8}|/u01/home/)"
)
PATTERN = _HEAD + rb"[^\\/:*?\"'<>|\n\r\t,;%()\[\]{}=&]+"
NEEDS = (b"home", b"users", b"documents and", b"docume~1", b"media", b"mail", b"cron")
BESIDE = 1
SPREADS = True

_START = re.compile(_HEAD)
_PAGE = re.compile(rb"(?i)\.(?:html?|php|aspx?|jsp|js|css|png|gif|jpe?g|ico|svg)\Z")
_WORDS = 3
"""Most words in a profile's name: Anna Maria Jensen."""
_NAMELESS = frozenset(name.encode("ascii") for name in BUILT_IN_ACCOUNTS) | {
    b"desktop.ini",
    b"*",
    b"user",
    b"username",
    b"lost+found",
    b"cdrom",
    b"index",
}


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Return the name; one with spaces only when a separator follows it."""
    del before
    head = _START.match(match)
    if head is None:
        return ()
    start, end = head.end(), len(match)
    words = match[start:].split(b" ")
    if after[:1] not in (b"\\", b"/", b"%") or len(words) > _WORDS:
        end = start + len(words[0])
    name = match[start:end].rstrip(b".")
    if name.lower() in _NAMELESS or _PAGE.search(name) or not name.strip(b". -_$~"):
        return ()
    return ((start, start + len(name), CLASS),)


HITS = (
    ("open /home/amelie/.bashrc failed", "amelie"),
    (r"C:\Users\Amelie Roux\AppData\x.exe", "Amelie Roux"),
    (r"C:\\Users\\amelie\\x", "amelie"),
    (r"C:\\\\Users\\\\amelie\\\\x", "amelie"),
    ("file:///Users/amelie/x", "amelie"),
    ("c:/users/amelie is full", "amelie"),
    (r"D:\Documents and Settings\amelie\x", "amelie"),
    ("/home/amelie: permission denied, amelie", ", amelie"),
    ("p=%2Fhome%2Famelie%2Fx", "amelie"),
)
MISSES = (
    r"C:\Users\Public\Desktop",
    r"C:\Users\Default\x",
    "GET /home/index.html",
    "/usr/lib/home.so",
    "the users of /home",
)
WORST = "/home/c:\\users\\"
