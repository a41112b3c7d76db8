# SPDX-License-Identifier: Apache-2.0
"""What people at a machine read, in their language: a folder for each.

Rules: every language has the same words with the same places for what is put in;
sentences of a release's own declarations have their text elsewhere, and stay in
English, marked as such, where nobody wrote one.
Not here: those sentences (`policies/saying.py`), which language a person's session
says that it has (`agent/host/desktop.py`).
"""

from functools import cache
from importlib.resources import files

from policies.saying import LANGUAGES, Speech, speech_of

__all__ = ["LANGUAGES", "USUAL", "Speech", "language", "speech"]
USUAL = LANGUAGES[0]


def language(wanted: str) -> str:
    """Return the language that is nearest to a locale's name, such as de_AT.UTF-8."""
    short = wanted.replace("-", "_").partition("_")[0].lower()
    return short if short in LANGUAGES else USUAL


@cache
def speech(name: str) -> Speech:
    """Return what is said in a language that there is."""
    return speech_of(files(__package__), name)
