# SPDX-License-Identifier: Apache-2.0
"""Seeds that once found a defect of the product, each with what it was.

Rules: a seed comes here with the change that mends what it found; it keeps its story
by the number of faults that the menu had then.
Not here: playing them (`tests/fault/test_simulation.py`).
"""

KEPT: dict[tuple[int, int], str] = {
    (187, 27): "a gate refused a void: nothing sent it again, and no mark passed it",
    (4046, 27): "a gate refused a gap record: its void had no count",
    (
        1507,
        32,
    ): "half of a change lay behind the chain's end: nothing was spooled again",
    (14833, 32): "a new identity owed what a mark covered and the disk kept",
    (
        16135,
        32,
    ): "a hole was doubted by a clock far ahead: nobody gave it up, no mark passed it",
    (
        33036,
        32,
    ): "a new spool's clock was years behind: once it was told, all was over its time",
    (
        34038,
        32,
    ): "a page was written over: numbers that had left were given to other records",
    (
        38247,
        34,
    ): "a spool was put back behind a mark: no name was known, and it kept what it had",
    (
        5492,
        34,
    ): "store and spool were both put back: nobody gave up what the former one missed",
    (
        15273,
        34,
    ): "the disk refused while an identity was handed over: all was read once more",
    (
        22554,
        34,
    ): "a clock jumped ahead before it was told: what it had made before was over",
    (
        29716,
        34,
    ): "a scribble in the log was a page's number: pages up to it were read for days",
}
"""Seed and size of the menu -> what it found."""
