# SPDX-License-Identifier: Apache-2.0
"""Changes of people that are not possible, each with its sentence.

Rules: a slug that the console has words for in each language, and a sentence that says
what to do for the command line.
Not here: who may make a change (`model.py`).
"""

from enum import Enum

from server.access.bounds import (
    HELD,
    INVITATION_SECONDS_MOST,
    KEYS,
    NAME_CHARS,
    PEOPLE,
)
from server.access.links import SUBJECT_CHARS
from server.errors import UsageError


class What(Enum):
    """What is not possible; the value is a stable slug."""

    NAME = "name"
    NOBODY = "nobody"
    TOO_MANY = "too-many"
    ROLES = "roles"
    ROLE = "role"
    ROLE_NAME = "role-name"
    READER = "reader"
    PURPOSES = "purposes"
    KEY = "key"
    ACCOUNT = "account"
    LINK = "link"
    INVITATION = "invitation"
    DAY = "day"
    PASSKEY = "passkey"
    LAST_PASSKEY = "last-passkey"


SENTENCES = {
    What.NAME: f"a name has 1 to {NAME_CHARS} characters that print",
    What.NOBODY: "there is no such person: discreet-server person list shows all",
    What.TOO_MANY: f"there are {PEOPLE} people: remove those who left",
    What.ROLES: f"nobody has more than {HELD} roles: take one away first",
    What.ROLE: "the person does not have this role: person list shows which",
    What.ROLE_NAME: "there is no such role: docs/access.md names all",
    What.READER: "a reader is who config.toml names: give another role",
    What.PURPOSES: "this role reads data: say for which purposes",
    What.KEY: "this key is somebody's, or was of somebody who was removed, or the "
    f"person has {KEYS}: make another with discreet-server person key",
    What.ACCOUNT: "another person is this user: person list shows who",
    What.LINK: "another person is this user of the provider, or it has more than "
    f"{SUBJECT_CHARS} characters: person list shows who is there",
    What.INVITATION: "an invitation counts for at most "
    f"{INVITATION_SECONDS_MOST // 86_400} days",
    What.DAY: "a day is written like 2027-01-31",
    What.PASSKEY: "you have no such passkey any more",
    What.LAST_PASSKEY: "it is your last passkey: add another first",
}


class ImpossibleError(UsageError):
    """A change that is not possible.

    Attributes:
        what: why.
    """

    def __init__(self, what: What) -> None:
        """Keep why, and say it."""
        super().__init__(SENTENCES[what])
        self.what = what
