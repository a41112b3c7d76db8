# SPDX-License-Identifier: Apache-2.0
"""The name of a program: of what a command runs, or of a process; nothing else of it.

Rules: arguments, assignments and folders are dropped here, before a row is made; what
does not look like a program's name is none; never raises.
Not here: which commands there are (`crontabs.py`, `windows_tasks.py`, collectors).
Sources: crontab(5), systemd.service(5), IExecAction::Path; for addresses in names of
processes nfs4_schedule_state_manager of Linux and process_set_title of Samba.
"""

import re

COMMAND_CHARS = 1_024
"""Of a command only its start is looked at: a path of 255 bytes fits four times."""

_NAME = re.compile(r"[\w.+@-]{1,64}\Z")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_ODD = re.compile(r"[\"'\\`$()]")
"""An assignment with one of these may go on in the next word."""
_ENDS = re.compile(r"[;&|<>]")
_EXECUTABLE = re.compile(
    r"(.+?\.(?:bat|cmd|com|cpl|dll|exe|js|jse|msc|msi|pif|ps1|scr|vbe|vbs|wsf))"
    r"(?=[\s\"]|\Z)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}"
    r"|(?<![\w:.-])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,}"
)
_CUT_ADDRESS = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3})+\.?\Z")
"""An address at the end of a name that the kernel has cut."""
_KERNEL_CHARS = 15
"""Letters of a process's name that the kernel keeps."""
_PREFIXES = "@-:+!|"
"""What systemd allows before the path of an ExecStart."""


def program_of_command(command: str) -> str | None:
    """Return the program that a shell command begins with; None where it is unclear."""
    for word in command[:COMMAND_CHARS].split():
        if not _ASSIGNMENT.match(word):
            return _base(_ENDS.split(_unquoted(word), maxsplit=1)[0])
        if _ODD.search(word):
            return None
    return None


def program_of_start(line: str) -> str | None:
    """Return the program of a systemd ExecStart; None where it is unclear."""
    words = line[:COMMAND_CHARS].lstrip(_PREFIXES + " ").split(maxsplit=1)
    return _base(_unquoted(words[0])) if words else None


def program_of_path(path: str) -> str | None:
    """Return the program of a Windows path, though arguments may follow it."""
    start = path[:COMMAND_CHARS].strip().lstrip('"')
    found = _EXECUTABLE.match(start)
    if found is None:
        words = start.split(maxsplit=1)
        if "\\" in "".join(words[1:]):  # a folder of two words, or an argument's
            return None
        start = words[0] if words else ""
    else:
        start = found[1]
    name = start.replace("/", "\\").rpartition("\\")[2].rstrip('"')
    return name if _WINDOWS_NAME.match(name) else None


_WINDOWS_NAME = re.compile(r"[\w.+@() -]{1,64}\Z")


def process_name(name: str) -> str:
    """Return a process's name, a star in place of an address of another machine.

    The kernel's NFS and Samba name what works for a peer after it, and PCI devices,
    whose addresses look alike, stand behind a dash.
    """
    if len(name) >= _KERNEL_CHARS:
        name = _CUT_ADDRESS.sub("*", name)
    return _ADDRESS.sub("*", name)


def _unquoted(word: str) -> str:
    """Return a word without the quotes around it; one of several stays odd."""
    quoted = len(word) > 1 and word[0] in "\"'" and word[0] == word[-1]
    return word[1:-1] if quoted else word


def _base(word: str) -> str | None:
    name = word.rpartition("/")[2]
    half = any(char in word for char in "\"'\\`")  # of something in quotes
    return None if half or not _NAME.match(name) else name
