# SPDX-License-Identifier: Apache-2.0
"""Every bound of redaction, with its reason.

Rules: over a bound a value is withheld, never passed and never cut in silence.
Not here: bounds of readers (`agent/budget.py`) and of the wire (`wire/limits.py`).
"""

KIB = 1024

FIELD_CHARS = 64 * KIB
"""One text: readers cut lines at 16 KiB; a stack trace or an event may have 60."""
BLOCK_LINES = 2_000
"""Texts scanned together: few enough for an answer while a stream goes on."""
BLOCK_BYTES = 512 * KIB
"""The same in bytes: 2,000 log lines of 250, and some room."""
BLOCK_SECONDS = 5.0
"""CPU time of one block: a dense one needs 20 ms, a slow machine ten times that."""
ROUNDS = 6
"""Times that a text is looked at again: two are enough unless names are glued."""
CHECK_EVERY = 512
"""Matches between two looks at the clock: about a millisecond."""

IDENTITIES = 65_536
"""Known identities of one machine: the largest terminal servers have 20,000 users."""
IDENTITY_CHARS = 256
"""One identity: the longest host name has 253 characters."""
SHORT_IDENTITY = 2
"""Identities this short are hidden only as whole words in their own case."""
SHORT_NAME_PART = 5
"""Parts of a person's name this short are hidden alone only with a capital: Eve."""
ENCODED_SPELLINGS = 12_000
"""Spellings in base64 and hex: all of the first 500 identities, built in 50 ms."""
AUTOMATON = 2 * KIB * KIB
"""Bytes of one pattern's program and states: of most these need a tenth."""
LARGE_PATTERN = 3_000
"""Bytes of a pattern from which on it may have more: three detectors have such."""
LARGE_AUTOMATON = 5 * KIB * KIB
"""The same for those: 4 MiB cost 2 % of the speed where every line is new, 3 MiB 10."""
FAST_AUTOMATON_BYTES = 16 * KIB
"""Spellings that are looked for with a full table: twice as fast, for 4 MB."""
FAST_AUTOMATON_AFTER = 2 * KIB * KIB
"""Bytes looked through before that: the table costs as much to make."""
AUTOMATON_WORDS = 65_536
"""Spellings of one automaton: to build it takes a few times what it keeps, so that more
are parted, and what a machine may know at most fits into a pass."""
LEARNED = 1_024
"""Names that texts told of: a dictionary of so many is built in 15 ms."""
LEARN_CHARS = 4
"""Shortest of them: shorter ones are parts of too many words."""
LEARN_TIMES = 3
"""Times that a plain word has to stand where a name stands."""
LEARN_BLOCKS = 8
"""Blocks between two dictionaries of learned names: one costs as much as a block."""
LEARN_MOST = 4
"""New names of a block that are looked at, those seen most: each is counted in it."""
LEARN_ROWS = 1_000
"""Rows whose typed identities are hidden in each other's texts: one dictionary."""
MEMO_ENTRIES = 16_384
"""Remembered matches: a day's log of one machine has some 5,000 distinct ones."""
REPEATS = 4_096
"""Lines of which it is known what became of them: 4 MB."""
REPEATS_FIRST = 3
"""Lines of a shape that are looked at before it is worth its while."""
REPEATS_MISSED = 128
"""The same, from which on a fifth of all have to come again, or none is kept."""
DIRECT_ENTRIES = 2_048
"""The same for all detectors over lines of new shapes, which have little in common."""
TAG_ENTRIES = 4_096
"""Values whose tag is remembered: the names of a large network."""
MEMO_BYTES = KIB
"""Longest match that is remembered: longer ones are rare and all differ."""
VIEWS = 3
"""Levels of escapes that are taken out: a message in JSON in JSON in JSON."""
SHAPES_SEEN = 16_384
"""Shapes of which it is known that they were seen once: a number each."""
SHAPE_BYTES = KIB * KIB
"""Shapes of lines remembered: some 5,400, in 8 MB; 600 long events of Windows, in their
views and with tags, fill more than half of it.
"""
SPREAD_CHARS = 3
"""Shortest name that, found once by its context, is hidden in the whole text."""
SPREAD_MANY = 8
"""Names of a text from which on all are looked for at once: fewer cost less alone."""
LINE_BYTES = 4 * FIELD_CHARS
"""One line of a stream: what no encoding of a text within the bound exceeds."""
KEY_LINES = 256
"""Lines of one private key: one of 16,384 bits has 200."""
STREAM_BYTES = 64 * KIB
"""Bytes of a stream scrubbed together: larger blocks are no faster and take memory."""
