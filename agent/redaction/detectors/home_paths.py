# SPDX-License-Identifier: Apache-2.0
r"""The user's name in the path of a home directory or profile, on every system.

Rules: only the name goes, the path stays readable; profiles that every machine has
(Public, Default) stay; slashes may be escaped (\/, \\, %2F, %5C, \u002f).
Not here: whole path columns (`wire/transforms/shorten_path.py`), the machine of
\\machine\share (`unc_paths.py`).
"""

from agent.redaction.detector import Digits, Found
from agent.redaction.domains import TOP_LEVEL
from agent.redaction.lazily import LazyPattern
from agent.redaction.windows_names import is_built_in

NAME = "home_paths"
CLASS = "user"
_S = rb"(?:\\{1,16}/?|/{1,2})"
_B = rb"\\{1,16}"
_PROFILES = (
    rb"(?:users|benutzer|utilisateurs|documents and settings|docume~[0-9]|"
    rb"dokumente und einstellungen|dokume~[0-9]|profiles)"
)
_HEAD = (
    rb"(?i:[a-z]:" + _S + _PROFILES + _S + rb"|"
    rb"" + _B + rb"(?:users\$?|homes\$?|home\$|profiles?\$)" + _B + rb"|"
    rb"\\{2,8}wsl(?:\$|\.localhost)\\{1,4}[a-z0-9._-]+\\{1,4}home\\{1,4}|"
    + _S
    + rb"(?:home|homes|users)"
    + _S
    + rb"|/(?:run/)?media/|/var/(?:spool/)?(?:mail|cron/crontabs|cron/tabs|cron)/|"
    rb"/accountsservice/users/|/systemd/linger/|/sudo/(?:ts|lectured)/|~)"
)
_NAME = rb"(?:[^\\/:*?\"'`<>|\n\r\t,;%()\[\]{}=&~#]|~[0-9])+"
PATTERN = _HEAD + _NAME + rb"(?:/[a-z][a-z0-9._-]+)?"
NEEDS = (
    b"home",
    b"users",
    b"benutzer",
    b"utilisateurs",
    b"settings",
    b"docume~1",
    b"dokume~1",
    b"einstellungen",
    b"~",
    b"profile",
    b"media/",
    b"/mail/",
    b"/cron/",
    b"/linger/",
    b"/sudo/",
)
BESIDE = 12
SPREADS = True
DIGITS = Digits.MATCH

_START = LazyPattern(_HEAD)
_NAMED = LazyPattern(_NAME)
_WINDOWS = LazyPattern(rb"(?i)(?:[a-z](?::|%)|[\\%].*[\\cC]\Z)")
_PAGE = LazyPattern(rb"(?i)\.(?:html?|php|aspx?|jsp|js|css|png|gif|jpe?g|ico|svg)\Z")
_REQUEST = LazyPattern(rb"\b(?:GET|POST|PUT|HEAD|DELETE|PATCH|OPTIONS|CONNECT) \Z")
_DOMAIN = LazyPattern(rb"(?:[A-Z][A-Z0-9-]+|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})\Z")
_SUFFIX = LazyPattern(rb"(.*[a-z].*)\.(?:[0-9]{3}|V[2-9]|([A-Z][A-Z0-9-]+))\Z")
_TILDE = b"~"
_LONGEST = 128
"""Longer names are junk: they go whole, for what looks back is slow on them."""
_WORDS = 3
"""Most words in a profile's name: Anna Maria Jensen."""
_IDENTIFIER = LazyPattern(rb"(?i)[{(]?[0-9a-f]{8}-?[0-9a-f-]{4,}[})]?\Z")
_SPACE = LazyPattern(rb" |%20")
_NAMELESS = frozenset(
    b"desktop.ini lost+found linuxbrew default.migrated temp .localized cdrom floppy "
    b"crontabs tabs usb dvd me login logout index all new current self search sign_in "
    b"signin signup auth list register profile settings password true false null "
    b"undefined groups roles share lib css js images img static assets about "
    b"contact".split()
)
_DIRECTORIES = frozenset(
    b"bin sbin src lib lib64 tmp etc var opt www public_html html work workspace "
    b"project projects documents downloads desktop pictures music videos git go log "
    b"logs data backup backups scripts dev code repos build dist tools config conf "
    b"mail maildir snap local share test tests app apps venv env node_modules keys "
    b"certs ansible docker notes archive uploads files images".split()
)
"""What people have in their homes, rather than who has a home there."""
_SERVICE = LazyPattern(rb"(?i)/(?:api|rest|v[0-9.]+)\Z")
_SERVED = LazyPattern(rb"(?i)(?:share|lib|lib64|include|opt|www|html|://[a-z0-9.-]*)\Z")


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Return the name; one with spaces only when a separator or a quote follows it."""
    if match.startswith(_TILDE) and not _is_path(_TILDE, before):
        return ()
    head = _START.match(match)
    named = None if head is None else _NAMED.match(match, head.end())
    if head is None or named is None or not _is_path(head[0], before):
        return ()
    start, end = named.span()
    rest = match[end:]
    following = rest or after
    if not _may_have_spaces(match[:start], named[0], following, before):
        space = _SPACE.search(named[0])
        end = end if space is None else start + space.start()
    name = match[start:end].rstrip(b". ")
    if not _is_name(name, head[0], following):
        return ()
    inside = rest[1:].lower() not in _DIRECTORIES
    if rest and inside and head[0].lower().endswith(b"home/") and _is_domain(name):
        return ((start, start + len(name), "host"), (end + 1, len(match), CLASS))
    return _parts(name, start)


def _is_domain(name: bytes) -> bool:
    """Tell whether homes are sorted by domains, not somebody called jd.roux."""
    if len(name) > _LONGEST or not _DOMAIN.match(name):
        return False
    return b"." not in name or name.rpartition(b".")[2] in TOP_LEVEL


def _is_path(head: bytes, before: bytes) -> bool:
    """Tell whether a directory is meant, not an address of the web's."""
    lowered = head.lower()
    last = before[-1:]
    if lowered == _TILDE:
        return last in (b"", b" ", b"'", b'"', b"=", b"(", b"`")
    if lowered[:1].isalpha():
        return not last.isalpha()
    if lowered.startswith((b"/home", b"/users", b"/media")):
        if _REQUEST.search(before) or _SERVED.search(before):
            return False
        if head.startswith((b"/users", b"/media")):
            return not last.isalnum() or _SERVICE.search(before) is not None
    return True


def _may_have_spaces(head: bytes, name: bytes, after: bytes, before: bytes) -> bool:
    """Tell whether all the words are one name: `Amelie Roux` before a backslash."""
    words = _SPACE.split(name)
    if len(words) > _WORDS:
        return False
    if not (_WINDOWS.match(head) or b"Users" in head):
        return False
    quote = before[-1:]
    if quote in (b'"', b"'") and after[:1] == quote:
        return True
    if after[:1] in (b"\\", b"%"):
        return True
    return after[:1] == b"/" and all(word[:1].isupper() for word in words)


def _is_name(name: bytes, head: bytes, after: bytes) -> bool:
    """Tell whether it names somebody."""
    if not name.strip(b". -_$~0123456789") or name[:1] in (b"$", b"@"):
        return False
    if name.lower() in _NAMELESS or is_built_in(name) or _PAGE.search(name):
        return False
    if _IDENTIFIER.match(name):
        return False
    if head == b"~":
        return after[:1] == b"/" and name[:1].isalpha() and b" " not in name
    return not head.endswith(b"media/") or after[:1] == b"/"


def _parts(name: bytes, at: int) -> Found:
    """Return the name without what Windows adds: a domain, a number, a version."""
    suffix = _SUFFIX.match(name) if len(name) <= _LONGEST else None
    if suffix is None:
        return ((at, at + len(name), CLASS),)
    spans = ((at, at + suffix.end(1), CLASS),)
    if suffix[2] is None:
        return spans
    return (*spans, (at + suffix.start(2), at + suffix.end(2), "host"))


HITS = (
    ("open /home/amelie/.bashrc failed", "amelie"),
    (r"C:\Users\Amelie Roux\AppData\x.exe", "Amelie Roux"),
    (r'"C:\Users\Amelie Roux"', "Amelie Roux"),
    (r"C:\\Users\\amelie\\x", "amelie"),
    (r"C:\\\\Users\\\\amelie\\\\x", "amelie"),
    (r"C:\/Users\/amelie\/x", "amelie"),
    (r"\/home\/amelie\/x", "amelie"),
    ("file:///Users/amelie/x", "amelie"),
    ("file:///C:/Users/Amelie%20Roux/x", "Roux"),
    ("c:/users/amelie is full", "amelie"),
    (r"D:\Documents and Settings\amelie\x", "amelie"),
    (r"D:\Dokumente und Einstellungen\amelie\x", "amelie"),
    (r"C:\DOCUME~1\AMELIE~1\LOCALS~1\Temp", "AMELIE~1"),
    (r"C:\Users\amelie.CONTOSO\x", "amelie.CONTOSO"),
    (r"\\fs-2\profiles$\amelie.V6\x", "amelie"),
    (r"\\wsl$\Ubuntu\home\amelie\x", "amelie"),
    (r"\Device\HarddiskVolume2\Users\amelie\x", "amelie"),
    ("/home/amelie: permission denied, amelie", ", amelie"),
    ("p=%2Fhome%2Famelie%2Fx", "amelie"),
    ("p=%252Fhome%252Famelie%252Fx", "amelie"),
    ("c%3A%5CUsers%5Camelie%5Cx", "amelie"),
    (r"\u002fhome\u002famelie\u002fx", "amelie"),
    ("/export/home/amelie/x", "amelie"),
    ("/home/CORP/amelie/x", "CORP/amelie"),
    ("/home/[amelie] and /Users/Amelie Roux/x", "Amelie Roux"),
    ("cat ~amelie/.profile", "amelie"),
    ("/var/spool/cron/crontabs/amelie", "amelie"),
    ("/run/media/amelie/stick", "amelie"),
)
MISSES = (
    r"C:\Users\Public\Desktop",
    r"C:\Users\Default\x",
    r"C:\Users\All Users\x and C:\Users\DefaultAppPool\x",
    r"C:\Documents and Settings\NetworkService\x",
    r"C:\Users\%USERNAME%\x and C:\Users\$env:USERNAME\x",
    "GET /home/index.html",
    "GET /home/about HTTP/1.1",
    "https://api.example.com/users/login",
    "/api/v1/users/123/posts",
    "/usr/lib/home.so",
    "the users of /home",
    "/Users/Shared/x and /media/cdrom",
    "version 1.2~rc1/x and ~/x",
)
WORST = "/home/c:\\users\\"
