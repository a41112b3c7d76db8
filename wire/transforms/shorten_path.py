# SPDX-License-Identifier: Apache-2.0
"""shorten_path(n): at most n leading parts of a path, and nothing of a profile.

Rules: everything below a user's profile is gone, the profile's name included; of a
network path not even the machine survives; of a home directory never the last part;
free text is scrubbed afterwards.
Not here: home directories inside a sentence (`agent/redaction/detectors`).
"""

import re

from wire.catalogue import Column, Sensitivity, ValueType
from wire.errors import TransformError
from wire.transforms.examples import FREE_TEXT, HOME_PATH, TEXT
from wire.transforms.transform import (
    Arguments,
    Hides,
    Keeps,
    Need,
    TransformContext,
    check_range,
)
from wire.values import Value, Withheld

NAME = "shorten_path"
MEANING = "the leading parts of a path, without anything of a user's profile"

PARTS = 16
"""Most parts that may be asked for: a path deeper than that names its owner."""
ANONYMOUS_PARTS = 1
"""Most parts that are shared by many: below /srv or D: folders have names of their
own."""
PATH = "path"
"""Identity class of a path; a text of another class may have nothing to cut."""
HOME = "home"
"""Identity class of a path whose last part names a person, wherever it lies."""
_CUT = "*"
_PARTS = re.compile(r"([\\/]+)")
_PROFILES = frozenset(
    {
        "home",
        "homes",
        "users",
        "documents and settings",
        "docume~1",
        "profiles",
        "media",
        "mail",
        "crontabs",
        "people",
        "staff",
        "students",
        "kunden",
        "benutzer",
        "usuarios",
        "utilisateurs",
        "root",
    }
)
"""Folders whose children are named after people (or are root's own)."""


def check(arguments: Arguments, column: Column) -> None:
    """Take no number or one number of parts, on a text column.

    Raises:
        TransformError: otherwise.
    """
    if column.type is not ValueType.TEXT:
        msg = f"transform {NAME}: only for text that holds a path"
        raise TransformError(msg)
    if len(arguments) > 1:
        msg = f"transform {NAME}: write shorten_path or shorten_path(3)"
        raise TransformError(msg)
    for argument in arguments:
        check_range(NAME, argument, 1, PARTS)


def apply(
    value: Value, arguments: Arguments, context: TransformContext
) -> Value | Withheld:
    """Return the leading parts, with a star where something was cut."""
    if value is None or value == "":
        return value
    if not isinstance(value, str):
        return Withheld.WRONG_TYPE
    path = value.encode("utf-8", "replace").decode("utf-8").strip()
    short = _shortened(path, arguments[0] if arguments else PARTS)
    if context.column.identity == HOME and not short.endswith(_CUT):
        short = _PARTS.sub("/", short.rstrip("\\/")).rpartition("/")[0] + "/" + _CUT
    if context.column.sensitivity is not Sensitivity.FREE_TEXT:
        return short
    if context.scrub is None:
        return Withheld.TRANSFORM_FAILED
    return context.scrub(short)


def _shortened(path: str, limit: int) -> str:
    if path.startswith(("\\\\", "//")):
        return path[:2] + _CUT
    if path.startswith("~"):
        return _CUT
    kept: list[str] = []
    parts = 0
    for piece in _PARTS.split(path):
        if not piece or _PARTS.fullmatch(piece):
            kept.append(piece)
            continue
        if parts == limit:
            return "".join(kept) + _CUT
        parts += 1
        kept.append(piece)
        if piece.lower() in _PROFILES:
            return _below(kept, path)
    return "".join(kept)


def _below(kept: list[str], path: str) -> str:
    """Return the path up to its profile folder, starred when more follows."""
    head = "".join(kept)
    rest = path[len(head) :]
    return head + rest[:1] + _CUT if rest.strip("\\/") else head


def meet(first: Arguments, second: Arguments) -> Arguments | None:
    """Return the fewer parts."""
    return min(first or (PARTS,), second or (PARTS,)) if first != second else first


def meets_needs(arguments: Arguments, column: Column) -> frozenset[Need]:
    """Satisfy free text, which is scrubbed, and a path cut down to its top."""
    if column.sensitivity is Sensitivity.FREE_TEXT:
        return frozenset({Need.FREE_TEXT})
    if column.identity == HOME:
        return frozenset({Need.DIRECT})
    if column.identity == PATH and arguments and arguments[0] <= ANONYMOUS_PARTS:
        return frozenset({Need.QUASI_ANONYMOUS})
    return frozenset()


KEEPS = (
    Keeps(TEXT, (3,), "/usr/lib/jvm/java-17/bin", "/usr/lib/jvm/*"),
    Keeps(TEXT, (), "/opt/tool/bin/run", "/opt/tool/bin/run"),
    Keeps(TEXT, (), "/home/amelie/bin/run", "/home/*"),
    Keeps(TEXT, (), "C:\\Users\\Amelie\\App\\x.exe", "C:\\Users\\*"),
    Keeps(TEXT, (2,), "C:\\Program Files\\Tool\\x.exe", "C:\\Program Files\\*"),
    Keeps(TEXT, (), "/home", "/home"),
    Keeps(HOME_PATH, (), "/var/lib/postgresql", "/var/lib/*"),
    Keeps(TEXT, (), None, None),
    Keeps(FREE_TEXT, (), "/opt/tool", Withheld.TRANSFORM_FAILED),
)
HIDES = (
    Hides(TEXT, (), "/home/amelie/bin/run", "amelie"),
    Hides(TEXT, (), "/srv/Home/amelie/x", "amelie"),
    Hides(TEXT, (), "d:/users/Amelie", "Amelie"),
    Hides(TEXT, (), "C:\\Documents and Settings\\Amelie\\x", "Amelie"),
    Hides(TEXT, (), "\\\\fileserver\\amelie$\\x", "fileserver"),
    Hides(TEXT, (), "~amelie/x", "amelie"),
    Hides(TEXT, (), "/run/media/amelie/STICK", "amelie"),
    Hides(HOME_PATH, (), "/data/x/amelie", "amelie"),
    Hides(HOME_PATH, (), "amelie", "amelie"),
    Hides(HOME_PATH, (9,), "E:\\amelie\\", "amelie"),
    Hides(TEXT, (2,), "/opt/acme/secret-project/x", "secret-project"),
)
