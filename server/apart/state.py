# SPDX-License-Identifier: Apache-2.0
"""Whether a collector's processes run apart, and who each must then be.

Rules: what lies in the directories decides, no setting that could say something else.
Not here: dividing it (`dividing.py`).
"""

from server import acl
from server.errors import UsageError
from server.layout import Layout
from server.person import user_name
from server.users import User, number


def is_divided(layout: Layout) -> bool:
    """Tell whether the processes of an installation run apart."""
    return acl.hands_down(layout.socket.parent)


def require_user(layout: Layout, user: User) -> None:
    """Refuse a process that is started as another user than its own.

    What it makes would be that user's, and could not be used by those who need it.

    Args:
        layout: the installation; where nothing runs apart anybody may.
        user: whose the process is.

    Raises:
        StateError: this machine has no such user.
        UsageError: it is another one.
    """
    if is_divided(layout):
        number(user)
        if user_name() != user.value:
            name = user.name.lower()
            msg = (
                f"the {name} of this collector runs as {user.value}: systemctl start "
                f"discreet-server.target, or run it with sudo -u {user.value}"
            )
            raise UsageError(msg)


def require_whole(layout: Layout) -> None:
    """Refuse to run all in one where processes run apart.

    Raises:
        UsageError: they do.
    """
    if is_divided(layout):
        msg = (
            "this collector's processes run apart: systemctl start "
            "discreet-server.target, or bring them together with discreet-server "
            "apart --undo"
        )
        raise UsageError(msg)
