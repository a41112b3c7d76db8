# SPDX-License-Identifier: Apache-2.0
"""A question to the reader, checked for form.

Rules: who asks is the kernel's word, or a session that is looked up; a field that is
missing, unknown or of another type makes the whole question one that is not understood;
which act it is follows from what is asked.
Not here: whether it is allowed (`grants.py`), answering it (`requests.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from server.access.actions import Action
from server.errors import UsageError
from server.reader.grants import Wish
from wire import limits

WORD_CHARS = limits.HOST_CHARS + limits.RECEIVER_PATH_CHARS + 6
"""A host's name, a port and a path have no more; formats have less."""
ACCOUNT = "account"
"""The job that `discreet-server accounting --verify` asks for."""
PAGE = "page"
"""The form in which a page of the console has whole tables, to show them."""


@dataclass(frozen=True, slots=True)
class Request:
    """What came over the socket, checked for form.

    Attributes:
        wish: who asks for which purpose, and why.
        devices: ids' first digits or labels; all devices when empty.
        datasets: names; all when empty.
        since: envelopes made at or after this second.
        until: envelopes made before this second, or None.
        sql: one SELECT; empty for the list of tables.
        form: the name of the format in which whole tables are exported; empty for none.
        to: the machine that the export is sent to; empty for a file.
    """

    wish: Wish
    devices: tuple[str, ...]
    datasets: tuple[str, ...]
    since: int
    until: int | None
    sql: str
    form: str = ""
    to: str = ""


def parse(message: Mapping[str, object], user: str) -> Request:
    """Return a checked request.

    Args:
        message: as it came.
        user: who is at the other end of the socket.

    Raises:
        UsageError: a field is missing, unknown or of another type.
    """
    fields = dict(message)
    try:
        form = _word(fields.pop("form", ""))
        wish = Wish(
            user,
            _text(fields.pop("purpose")),
            _text(fields.pop("reason")),
            _text(fields.pop("ticket", "")),
            _whole(fields.pop("minutes", 60)),
            _action(fields.pop("job", ""), form, fields.pop("file", False)),
            _word(fields.pop("session", "")),
        )
        until = fields.pop("until", None)
        request = Request(
            wish,
            _texts(fields.pop("devices", [])),
            _texts(fields.pop("datasets", [])),
            _number(fields.pop("since", 0)),
            None if until is None else _number(until),
            _text(fields.pop("sql", "")),
            form,
            _word(fields.pop("to", "")),
        )
    except (KeyError, TypeError):
        fields["?"] = None
    if fields:
        msg = "the reader does not understand this request: restart `serve`"
        raise UsageError(msg)
    return request


def _action(job: object, form: str, file: object) -> Action:
    """Return the act that a question is one way to.

    Args:
        job: what is done in place of telling rows; empty for nothing.
        form: of whole tables.
        file: whether rows are taken away in a file, as whoever asks says: who may only
            look at rows can copy them, and is given no way to.
    """
    if job not in {"", ACCOUNT} or not isinstance(file, bool):
        raise TypeError
    if job:
        return Action.ACCOUNT
    return Action.EXPORT_TABLES if file or form not in {"", PAGE} else Action.READ


def _text(found: object) -> str:
    if not isinstance(found, str) or any("\ud800" <= char < "\ue000" for char in found):
        raise TypeError  # half a surrogate pair is no text
    return found


def _word(found: object) -> str:
    """Return a word for the ledger."""
    word = _text(found)
    if not word.isascii() or not word.isprintable() or len(word) > WORD_CHARS:
        raise TypeError
    return word


def _texts(found: object) -> tuple[str, ...]:
    if not isinstance(found, list):
        raise TypeError
    return tuple(map(_text, found))


def _whole(found: object) -> int:
    if not isinstance(found, int) or isinstance(found, bool):
        raise TypeError
    return found


def _number(found: object) -> int:
    if not 0 <= _whole(found) < 2**63:
        raise TypeError
    return _whole(found)
