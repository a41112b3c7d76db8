# SPDX-License-Identifier: Apache-2.0
"""Patterns that begin with any letters of a set, for engines that step back.

Rules: the same matches. Where such a pattern matches within a run of these letters, it
matches from the run's start on, too, or from where the last match ended: so it is tried
there alone. An engine that steps back would try each letter, and look on to the end of
the run from each: a long word would cost its length squared.
Not here: running them (`scanning.py`).
"""

from collections.abc import Iterator

from agent.redaction.lazily import LazyPattern

_RUN = LazyPattern(rb"(\(\?[a-z]+:)(\[(?:\\.|[^\]\\])+\])\*")
_SKIPPED = LazyPattern(rb"\\.|\[(?:\\.|[^\]\\])+\]|[()|]")
"""What a look for the end of an alternative goes from one to the next of."""
_OPTIONAL = rb")?"


def at_runs(pattern: bytes) -> bytes | None:
    """Return the pattern that matches at the start of a run only.

    Args:
        pattern: of a detector.

    Returns:
        None for a pattern that does not begin with any letters of a set.
    """
    begun = _RUN.match(pattern)
    if begun is None or not pattern.endswith(b")"):
        return None
    flags, letters = begun.groups()
    run, start = letters + b"*", b"(?<!" + letters + b")"
    parts: list[bytes] = []
    for part in _alternatives(pattern[len(flags) : -1]):
        if part.startswith(run):
            parts.append(start + part)
            continue
        group = _group(part)
        if group.endswith(_OPTIONAL) and part.startswith(run, len(group)):
            held = group.removesuffix(_OPTIONAL) + b"|" + start + b")"
            parts.append(held + part[len(group) :])
        else:
            parts.append(part)
    return flags + b"|".join(parts) + b")"


def _alternatives(body: bytes) -> Iterator[bytes]:
    """Yield what the bars outside of all brackets part."""
    depth = at = 0
    for sign in _SKIPPED.finditer(body):
        depth += (sign[0] == b"(") - (sign[0] == b")")
        if sign[0] == b"|" and not depth:
            yield body[at : sign.start()]
            at = sign.end()
    yield body[at:]


def _group(part: bytes) -> bytes:
    """Return the group that an alternative begins with, and a sign that it may lack."""
    depth = 0
    for sign in _SKIPPED.finditer(part):
        depth += (sign[0] == b"(") - (sign[0] == b")")
        if not depth:
            end = sign.end()
            return part[: end + (part[end : end + 1] == b"?")]
    return b""
