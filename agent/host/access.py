# SPDX-License-Identifier: Apache-2.0
"""Who may use the agent's own directory.

Rules: its owner alone; on Windows also the system and administrators, who could take it
anyway, and services' own accounts, which only an installer names; nothing is inherited
from a parent directory, which others may write.
Not here: what is in the directory (`agent/state.py`).
"""

import sys
from pathlib import Path

STATE_VARIABLE = "DISCREET_AGENT_DIR"
"""Names another directory than the default one."""

if sys.platform == "win32":
    DEFAULT_STATE = Path("C:/ProgramData/Discreet/Agent")
    """Not taken from the environment, which a user may set."""
    DEFAULT_INSTALLER = Path("C:/ProgramData/Discreet/AgentInstall")
    """What the installer of updates keeps: administrators' alone to write."""
    DEFAULT_UPDATE_ROOT = DEFAULT_INSTALLER / "update-root.json"
    DEFAULT_CONFIGURATION = DEFAULT_STATE
    """Where `agent.toml` is."""
    PRIVATE_ADVICE = "remove the others from its access list"
    _TRUSTED = ("S-1-5-18", "S-1-5-32-544")
    """The system and administrators, whatever this machine's language calls them."""
    _CREATOR = "S-1-3-"
    """Stands for whoever makes a file in the directory: nobody by itself."""
    _SERVICES = "S-1-5-80-"
    _WRITES = 0x500D0056
    """Writing, appending, deleting, taking over: files' own rights and generic ones."""

    def make_private(path: Path) -> None:
        """Give a new directory to this user, the system and administrators alone.

        Raises:
            OSError: the system refuses.
        """
        import win32con  # noqa: PLC0415 - at enrolment only
        import win32security as security  # noqa: PLC0415 - at enrolment only

        rights = security.ACL()
        spread = win32con.OBJECT_INHERIT_ACE | win32con.CONTAINER_INHERIT_ACE
        for text in dict.fromkeys((_this_user(), *_TRUSTED)):
            sid = security.ConvertStringSidToSid(text)
            rights.AddAccessAllowedAceEx(
                security.ACL_REVISION_DS, spread, win32con.GENERIC_ALL, sid
            )
        kinds = (
            security.DACL_SECURITY_INFORMATION
            | security.PROTECTED_DACL_SECURITY_INFORMATION
        )
        file = security.SE_FILE_OBJECT
        try:
            security.SetNamedSecurityInfo(
                str(path), file, kinds, None, None, rights, None
            )
        except security.error:
            msg = "the access list cannot be set"
            raise OSError(msg) from None

    def is_private(path: Path) -> bool:
        """Tell whether nobody else can write a directory.

        Raises:
            OSError: the system refuses.
        """
        import win32security as security  # noqa: PLC0415 - at enrolment only

        try:
            found = security.GetNamedSecurityInfo(
                str(path), security.SE_FILE_OBJECT, security.DACL_SECURITY_INFORMATION
            ).GetSecurityDescriptorDacl()
        except security.error:
            msg = "the access list cannot be read"
            raise OSError(msg) from None
        if found is None:  # no list at all: everyone may
            return False
        trusted = (_this_user(), *_TRUSTED)
        for index in range(found.GetAceCount()):
            (kind, _), mask, sid = found.GetAce(index)[:3]
            if kind != security.ACCESS_ALLOWED_ACE_TYPE or not mask & _WRITES:
                continue
            text = str(security.ConvertSidToStringSid(sid))
            if text not in trusted and not text.startswith((_CREATOR, _SERVICES)):
                return False
        return True

    def _this_user() -> str:
        import win32api  # noqa: PLC0415 - at enrolment only
        import win32security as security  # noqa: PLC0415 - at enrolment only

        token = security.OpenProcessToken(
            win32api.GetCurrentProcess(), security.TOKEN_QUERY
        )
        sid, _ = security.GetTokenInformation(token, security.TokenUser)
        return str(security.ConvertSidToStringSid(sid))

else:
    DEFAULT_STATE = Path("/var/lib/discreet-agent")
    DEFAULT_INSTALLER = Path("/var/lib/discreet-agent-install")
    DEFAULT_UPDATE_ROOT = Path("/etc/discreet-agent/update-root.json")
    DEFAULT_CONFIGURATION = Path("/etc/discreet-agent")
    """Where `agent.toml` is."""
    PRIVATE_ADVICE = "run chmod 700 on it"
    _OTHERS_WRITE = 0o022

    def make_private(path: Path) -> None:
        """Do nothing more: it was made with 0700."""
        del path

    def is_private(path: Path) -> bool:
        """Tell whether nobody else can write a directory.

        Raises:
            OSError: it cannot be looked at.
        """
        return not path.stat().st_mode & _OTHERS_WRITE
