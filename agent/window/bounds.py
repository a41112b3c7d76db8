# SPDX-License-Identifier: Apache-2.0
"""How much is asked and answered over the window.

Rules: numbers alone: who waits for questions loads nothing else.
Not here: the questions (`door.py`).
"""

QUESTION_BYTES = 80
"""A word, a space, and 32 digits at most."""
ANSWER_BYTES = 8 * 1024 * 1024
"""A page of the fullest policy with a hundred requests has half of one."""
OK, NO = b"ok\n", b"no\n"
"""How an answer begins: with what was asked for, or with a sentence why not."""
