# SPDX-License-Identifier: Apache-2.0
"""Takes identities and secrets out of texts.

Rules: what is removed is the union of what the dictionary and each detector find
alone, so adding one can only remove more; a tag is never touched, so scrubbing twice
changes nothing; an error, a time-out or too long a text withholds that text.
Not here: what is looked for (`detectors/`, `identities.py`), looking (`finding.py`),
the tags (`tags.py`, `replacing.py`).
"""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from agent.redaction import bounds
from agent.redaction.cleaning import ALONE, are_plain, clean, clean_lines
from agent.redaction.detector import Detector
from agent.redaction.dictionary import Dictionary
from agent.redaction.finding import Finder
from agent.redaction.identities import Identities
from agent.redaction.lazily import LazyPattern
from agent.redaction.learning import Learning
from agent.redaction.looking import looking
from agent.redaction.repeats import Repeats
from agent.redaction.replacing import Replacer
from agent.redaction.scanning import Compile, Tick, compile_pattern
from agent.redaction.settling import Settling
from agent.redaction.tallying import Tally
from agent.redaction.views import unescaped
from wire.values import Withheld

_NEWLINE = b"\n"
_NUL = "\0"
_VARIABLE = LazyPattern(r"[A-Za-z_]\w*=")

_Learned = Sequence[tuple[str, str]]


class _OutOfTimeError(Exception):
    """A block used up its time."""


class Scrubber:
    """Scrubs texts with one key; lives as long as one pass."""

    def __init__(  # noqa: PLR0913 - what a pass decides once
        self,
        identities: Identities,
        pseudonym_key: bytes | None,
        *,
        clock: Callable[[], float] = time.thread_time,
        seconds: float = bounds.BLOCK_SECONDS,
        using: Sequence[Detector] | None = None,
        tally: Tally | None = None,
        prefixes: frozenset[str] = frozenset(),
        compiled: Compile = compile_pattern,
        learning: bool = False,
    ) -> None:
        """Prepare the dictionary; the patterns are compiled at the first text.

        Args:
            identities: what this machine knows of itself.
            pseudonym_key: key of (tenant, purpose, epoch); None gives fixed tags.
            clock: seconds that only grow; those this thread worked, so that a machine
                that is busy with other things withholds nothing.
            seconds: time for one block of texts.
            using: detectors to run; all when None.
            tally: takes how often each (kind, rule) was found, and how many tags of
                each (kind, REPLACED) were put in.
            prefixes: classes whose stand-ins keep a network or a maker.
            compiled: compiles a pattern; with the fastest engine by default.
            learning: whether names that a text told of are known in later ones.
        """
        self._identities = identities
        self._clock = clock
        self._seconds = seconds
        self._using = using
        self._tally = tally
        self._compiled = compiled
        self._replacer = Replacer(pseudonym_key, tally, prefixes, self._read)
        self._repeats = Repeats()
        self._finder: Finder | None = None
        self._dictionary = Dictionary(())
        self._learning = Learning() if learning else None
        self._learned: tuple[_Learned, Dictionary] = ((), Dictionary(()))

    def __repr__(self) -> str:
        """Show neither key nor identities."""
        return "<Scrubber>"

    def keeping(self, prefixes: frozenset[str]) -> "Scrubber":
        """Return one that knows and learns the same, with other stand-ins.

        Args:
            prefixes: classes whose stand-ins keep a network or a maker.
        """
        other = self._copied()
        other._replacer = self._replacer.keeping(prefixes)  # noqa: SLF001 - of its own kind
        other._repeats = Repeats()  # noqa: SLF001 - as above
        return other

    def under(self, pseudonym_key: bytes | None) -> "Scrubber":
        """Return one that knows the same, under another key, and has learned nothing.

        What is compiled is shared, and what lines of a shape hold: both hang from no
        key, and go with this process.

        Args:
            pseudonym_key: key of another (tenant, purpose, epoch); None for fixed tags.
        """
        other = self._copied()
        other._replacer = self._replacer.under(pseudonym_key)  # noqa: SLF001 - of its own kind
        other._repeats = Repeats()  # noqa: SLF001 - as above
        other._learning = None if self._learning is None else Learning()  # noqa: SLF001 - as above
        other._learned = ((), Dictionary(()))  # noqa: SLF001 - as above
        return other

    def _copied(self) -> "Scrubber":
        """Return a copy that shares what is compiled.

        Nothing is of half a dictionary: all texts are withheld, and where it is half
        because a machine knows too many names, building it takes seconds and the room.
        Where compiling fails each tries by itself, and withholds its texts.
        """
        if self._identities.whole:
            with suppress(Exception):
                self._ready(())
        from copy import copy  # noqa: PLC0415 - start-up: one purpose needs none

        return copy(self)

    def scrub(self, text: str, learned: _Learned = ()) -> str | Withheld:
        """Return one text without what was found in it, or why it is withheld.

        Args:
            text: any string.
            learned: pairs of class and value that the text's own event names.
        """
        return self.scrub_many([text], learned)[0]

    def scrub_many(
        self, texts: Iterable[str], learned: _Learned = ()
    ) -> list[str | Withheld]:
        """Return each text without what was found in it, or why it is withheld.

        Args:
            texts: any strings; scanned in blocks, which costs least.
            learned: pairs of class and value that the texts' own events name.
        """
        if not self._identities.whole:
            return [Withheld.TRANSFORM_FAILED for _ in texts]
        listed = list(texts)
        results: list[str | Withheld] = []
        for start in range(0, len(listed), bounds.BLOCK_LINES):
            chunk = listed[start : start + bounds.BLOCK_LINES]
            fields = clean_lines(chunk)
            if fields is None:
                results += self._one_by_one(chunk, learned)
            else:
                results += self._block(fields, learned)
        return results

    def scrub_plain(self, lines: Sequence[bytes]) -> list[bytes | Withheld] | None:
        """Return lines without what was found in them, as `scrub_many` does.

        Args:
            lines: as bytes, which spares making texts of them and bytes again.

        Returns:
            None when a line holds more than plain ASCII or is long: texts are asked
            for then.
        """
        if not self._identities.whole:
            return [Withheld.TRANSFORM_FAILED for _ in lines]
        if not are_plain(lines):
            return None
        results: list[bytes | Withheld] = []
        for start in range(0, len(lines), bounds.BLOCK_LINES):
            results += self._parts(lines[start : start + bounds.BLOCK_LINES], ())
        return results

    def findings(self, text: str) -> list[tuple[str, str, str]]:
        """Return (value, kind, rule) of what is found in a text; to a terminal only.

        Args:
            text: one line.
        """
        finder = self._ready(())
        field = clean(text)
        return [
            (field[start:end].decode("utf-8", "replace"), kind, rule)
            for (start, end, kind), rule in finder.named(
                field, self._known(taught=True), self._timer()
            )
        ]

    def _one_by_one(
        self, texts: Sequence[str], learned: _Learned
    ) -> list[str | Withheld]:
        """Scrub texts of which some are long, have many lines or are not ASCII."""
        results: list[str | Withheld] = [Withheld.TOO_LARGE] * len(texts)
        waiting: list[int] = []
        fields: list[bytes] = []
        size = 0

        def finish() -> None:
            done = self._block(fields, learned)
            for index, result in zip(waiting, done, strict=True):
                results[index] = result
            waiting.clear()
            fields.clear()

        for index, text in enumerate(texts):
            if len(text) > bounds.FIELD_CHARS:
                continue
            parted = self._parted(text, learned) if _NUL in text else text
            if isinstance(parted, Withheld):
                results[index] = parted
                continue
            field = clean(parted)
            if _NEWLINE in field or ALONE in field:
                results[index] = self._block([field], learned)[0]
                continue
            if size + len(field) > bounds.BLOCK_BYTES:
                finish()
                size = 0
            waiting.append(index)
            fields.append(field)
            size += len(field)
        finish()
        return results

    def _parted(self, text: str, learned: _Learned) -> str | Withheld:
        """Return the environment of a process, whose variables NULs part, scrubbed.

        Each variable ends there; in any other text a NUL may stand within a value.
        """
        parts = text.split(_NUL)
        if not all(not part or _VARIABLE.match(part) for part in parts):
            return text
        scrubbed = self._one_by_one(parts, learned)
        for part in scrubbed:
            if isinstance(part, Withheld):
                return part
        return "".join(map(str, scrubbed))

    def _block(
        self, fields: Sequence[bytes], learned: _Learned
    ) -> Sequence[str | Withheld]:
        """Scrub one block and return its texts, or the reason why one is withheld."""
        parts = self._parts(fields, learned)
        whole = [part for part in parts if isinstance(part, bytes)]
        if 1 < len(whole) == len(parts):
            return _NEWLINE.join(whole).decode().split("\n")
        return [part.decode() if isinstance(part, bytes) else part for part in parts]

    def _parts(
        self, fields: Sequence[bytes], learned: _Learned
    ) -> Sequence[bytes | Withheld]:
        """Scrub one block and return its parts, or the reason why one is withheld."""
        if not fields:
            return ()
        try:
            return self._settled(fields, self._ready(learned))
        except _OutOfTimeError:
            return [Withheld.TIME_BUDGET] * len(fields)
        except Exception:  # noqa: BLE001 - boundary: what cannot be scrubbed is withheld, and it is counted
            if len(fields) == 1:
                return [Withheld.TRANSFORM_FAILED]
        return [self._parts([field], learned)[0] for field in fields]

    def _ready(self, learned: _Learned) -> Finder:
        """Compile and build what the first text, or new typed values, need."""
        if self._finder is None:
            self._dictionary = Dictionary(self._identities)
            using = looking() if self._using is None else self._using
            self._finder = Finder(using, self._tally, self._compiled)
        if learned is not self._learned[0]:
            self._learned = (learned, Dictionary(Identities(learned), encoded=False))
            if self._learning is not None:
                self._learning.fields(learned)
        return self._finder

    def _settled(self, fields: Sequence[bytes], finder: Finder) -> list[bytes]:
        """Return the texts with tags, looked at again while something is found."""
        teaching = self._learning
        block = Settling(
            [*fields],
            finder,
            self._replacer,
            self._known(taught=teaching is None),
            self._timer(),
        )
        alone = len(fields) == 1 or self._tally is not None
        again, told = block.first(None if alone else self._repeats)
        if teaching is not None:
            again += teaching.lines(block.parts)
            teaching.names(_NEWLINE.join(fields).lower(), told)
            block.known = self._known(taught=True)
        for _ in range(1, bounds.ROUNDS):
            if not again:
                break
            again = block.next(sorted(set(again)))
        if again:
            msg = "a text does not settle"
            raise ValueError(msg)
        return block.parts

    def _read(self, found: bytes) -> bytes:
        """Return what was found as it is, not as an encoding spells it."""
        known = self._dictionary.encoded(found)
        return unescaped(found) if known is None else known

    def _known(self, *, taught: bool) -> tuple[Dictionary, ...]:
        """Return the machine's and the event's own identities, and what was learned."""
        own = (self._dictionary, self._learned[1])
        if self._learning is None or not taught:
            return own
        return (*own, self._learning.dictionary)

    def _timer(self) -> Tick:
        """Return what raises once the time of a block is used up."""
        deadline = self._clock() + self._seconds

        def tick() -> None:
            if self._clock() > deadline:
                raise _OutOfTimeError

        return tick
