# SPDX-License-Identifier: Apache-2.0
"""What examples and lines of the grammar become, written down to be read.

Rules: made by `make gen` and read by a person where it differs; what is written has
tags in place of all that is found, so that no made-up secret stands in a file.
Not here: what has to hold of any line (`tests/property`).
"""

from collections.abc import Iterator
from pathlib import Path

from agent.redaction.detectors import detectors
from agent.redaction.identities import Identities
from agent.redaction.text import Scrubber
from tests.log_grammar.grammar import Line, lines

FOLDER = Path(__file__).parent / "expected"
LINES = 1_000
"""Of the grammar: each of its templates some five times, in some frame."""
_SEED = 21


def examples() -> Iterator[str]:
    """Yield what each detector's examples become when it alone looks at them."""
    for detector in detectors():
        scrubber = Scrubber(Identities(), None, using=[detector])
        for number, (text, _) in enumerate(detector.hits):
            yield f"{detector.name}-{number}\t{shown(scrubber.scrub(text))}"


def grammar_lines() -> Iterator[Line]:
    """Yield the lines of the grammar."""
    yield from lines(_SEED, LINES, 60)


def grammar() -> Iterator[str]:
    """Yield what lines of the grammar become."""
    scrubber = Scrubber(Identities(), None)
    for line in grammar_lines():
        yield f"{line.source}\t{shown(scrubber.scrub(line.text))}"


FILES = {"examples.tsv": examples, "grammar.tsv": grammar}


def shown(scrubbed: object) -> str:
    """Return a scrubbed text on one line of ASCII."""
    return str(scrubbed).encode("unicode_escape").decode("ascii")


def main() -> None:
    """Write the files."""
    for name, made in FILES.items():
        (FOLDER / name).write_text("\n".join(made()) + "\n", "utf-8")


if __name__ == "__main__":
    main()
