# SPDX-License-Identifier: Apache-2.0
"""Detectors made for tests of what runs them.

Rules: each takes words after a sign, so that a reader sees what is found.
Not here: the real ones (`agent/redaction/detectors`).
"""

from agent.redaction.detector import Detector, Digits, Found

Seen = list[tuple[bytes, bytes, bytes]]
"""Before, match and after, of each verdict that was asked for."""


def made(  # noqa: PLR0913 - what a detector's file declares
    pattern: bytes,
    *,
    kind: str = "user",
    digits: Digits = Digits.MATCH,
    spreads: bool = False,
    needs: tuple[bytes, ...] = (),
    beside: int = 0,
    seen: Seen | None = None,
    name: str = "made",
    unless: bytes = b"\n",
) -> Detector:
    """Return a detector that takes what stands behind the first byte of its matches.

    Args:
        pattern: its pattern; the first byte of a match is a sign.
        kind: of what it finds.
        digits: on which digits its verdict is said to depend.
        spreads: whether what it finds is looked for in the rest of the line.
        needs: what a block has to hold.
        beside: how much it is shown of what stands beside a match.
        seen: takes what it is shown.
        name: its name.
        unless: with this in a match or beside it, there it finds nothing.
    """

    def verify(match: bytes, before: bytes, after: bytes) -> Found:
        if seen is not None:
            seen.append((before, match, after))
        if unless in before + match + after:
            return ()
        return ((1, len(match), kind),)

    return Detector(
        *(name, kind, pattern, needs, beside, spreads, digits, verify, (), (), "")
    )


def ignored() -> None:
    """Take a tick for nothing."""
