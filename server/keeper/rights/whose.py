# SPDX-License-Identifier: Apache-2.0
"""Whose right a matter is about, and whether this collector answers for itself.

Rules: a matter names its subject by two terms, `class` and `value`; where the provider
only processes for a client, the client's instruction is a term as well, or the case is
handed to the client.
Not here: finding what is theirs (`finding.py`), acting on it (one file each).
"""

from server.errors import DeniedError
from server.keeper.desk import Desk
from server.reader.subjects import Subject, check_subject
from wire.papers.matter import Matter

CLASS, VALUE, INSTRUCTION = "class", "value", "instruction"


def subject_of(matter: Matter) -> Subject:
    """Return the subject that a matter names.

    Raises:
        UsageError: it names none that could be found.
    """
    subject = Subject(matter.term(CLASS) or "", matter.term(VALUE) or "")
    check_subject(subject)
    return subject


def require_instruction(desk: Desk, matter: Matter) -> None:
    """Refuse to answer a person in a client's place.

    Raises:
        DeniedError: the provider is a processor, and the client did not instruct it.
    """
    if desk.settings().controller.processor and not matter.term(INSTRUCTION):
        reason = "no-instruction"
        msg = (
            "this collector only processes for its client: hand the request over with "
            "subject forward, or name the client's instruction with --instruction"
        )
        raise DeniedError(reason, msg)
