# SPDX-License-Identifier: Apache-2.0
"""Takes identities and secrets out of texts.

Rules: what is removed is the union of what the dictionary and each detector find
alone, so adding one can only remove more; a tag is never touched, so scrubbing twice
changes nothing; an error, a time-out or too long a text withholds that text.
Not here: what is looked for (`detectors/`, `identities.py`), the tags (`tags.py`).

Each detector runs its own RE2 pattern over the block, skipped when none of its
literals occurs there: one alternation of all patterns would be a little faster, but
its leftmost match hides what another pattern finds, and then a rule could reveal.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from agent.redaction import bounds
from agent.redaction.cleaning import clean
from agent.redaction.detector import Detector, Found, Pattern, compile_pattern
from agent.redaction.detectors import detectors
from agent.redaction.dictionary import Dictionary, Span, is_word
from agent.redaction.identities import Identities
from agent.redaction.ordinary import is_ordinary
from agent.redaction.spans import merged, without_tags
from agent.redaction.tags import GLUED_PATTERN, TAG_PATTERN, make_tag
from wire.values import Withheld

_NEWLINE = b"\n"
_ALONE = (_NEWLINE, b"PRIVATE KEY")
"""A text with one of these is scanned alone: its matches may span lines."""
_SPREAD_KINDS = frozenset({"user", "host", "domain"})

_Learned = Sequence[tuple[str, str]]


class _OutOfTimeError(Exception):
    """A block used up its time."""


class Scrubber:
    """Scrubs texts with one key; lives as long as one pass."""

    def __init__(
        self,
        identities: Identities,
        pseudonym_key: bytes | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        seconds: float = bounds.BLOCK_SECONDS,
        using: Sequence[Detector] | None = None,
    ) -> None:
        """Prepare the dictionary; the patterns are compiled at the first text.

        Args:
            identities: what this machine knows of itself.
            pseudonym_key: key of (tenant, purpose, epoch); None gives fixed tags.
            clock: seconds that only grow.
            seconds: time for one block of texts.
            using: detectors to run; all when None.
        """
        self._identities = identities
        self._key = pseudonym_key
        self._clock = clock
        self._seconds = seconds
        self._using = using
        self._dictionary: Dictionary | None = None
        self._learned: tuple[_Learned, Dictionary] = ((), Dictionary(()))
        self._patterns: list[tuple[Detector, Pattern]] = []
        self._tags: Pattern | None = None
        self._glued: Pattern | None = None
        self._memo: dict[tuple[str, bytes, bytes, bytes], Found] = {}
        self._made: dict[tuple[str, bytes], bytes] = {}

    def __repr__(self) -> str:
        """Show neither key nor identities."""
        return "<Scrubber>"

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
        results: list[str | Withheld] = []
        waiting: list[tuple[int, bytes]] = []
        size = 0
        for index, text in enumerate(texts):
            results.append(Withheld.TOO_LARGE)
            if len(text) > bounds.FIELD_CHARS:
                continue
            field = clean(text)
            if any(mark in field for mark in _ALONE):
                self._finish([(index, field)], learned, results)
                continue
            waiting.append((index, field))
            size += len(field)
            if size >= bounds.BLOCK_BYTES:
                self._finish(waiting, learned, results)
                waiting, size = [], 0
        if waiting:
            self._finish(waiting, learned, results)
        return results

    def _finish(
        self,
        fields: list[tuple[int, bytes]],
        learned: _Learned,
        results: list[str | Withheld],
    ) -> None:
        """Scrub one block and put its texts, or the reason, into the results."""
        reason = Withheld.TRANSFORM_FAILED
        try:
            self._prepare(learned)
            parts = self._settled([field for _, field in fields])
            for (index, _), part in zip(fields, parts, strict=True):
                results[index] = part.decode()
        except _OutOfTimeError:
            reason = Withheld.TIME_BUDGET
        except Exception:  # noqa: BLE001 - boundary: what cannot be scrubbed is withheld, and it is counted
            if len(fields) > 1:
                for entry in fields:
                    self._finish([entry], learned, results)
                return
        else:
            return
        for index, _ in fields:
            results[index] = reason

    def _settled(self, fields: list[bytes]) -> list[bytes]:
        """Return the texts, looked at again while a tag touches a word.

        What a tag replaced may have kept its neighbour from being seen as a word.
        """
        parts = self._scrubbed(fields)
        again = [at for at, part in enumerate(parts) if self._is_glued(part)]
        for _ in range(bounds.ROUNDS):
            if not again:
                return parts
            before = [parts[at] for at in again]
            after = self._scrubbed(before)
            for at, part in zip(again, after, strict=True):
                parts[at] = part
            again = [
                at
                for at, old, new in zip(again, before, after, strict=True)
                if old != new
            ]
        msg = "a text does not settle"
        raise ValueError(msg)

    def _is_glued(self, part: bytes) -> bool:
        return b"<" in part and (
            self._glued is not None and self._glued.search(part) is not None
        )

    def _scrubbed(self, fields: list[bytes]) -> list[bytes]:
        """Scrub texts as one block; a text of many lines is one alone."""
        if len(fields) == 1:
            return [self._block(fields[0], one=True)]
        return self._block(_NEWLINE.join(fields), one=False).split(_NEWLINE)

    def _prepare(self, learned: _Learned) -> None:
        """Compile and build what the first text, or new typed values, need."""
        if self._dictionary is None:
            self._dictionary = Dictionary(self._identities)
            using = detectors() if self._using is None else self._using
            self._patterns = [(one, compile_pattern(one.pattern)) for one in using]
            self._tags = compile_pattern(TAG_PATTERN)
            self._glued = compile_pattern(GLUED_PATTERN)
        if learned is not self._learned[0]:
            self._learned = (learned, Dictionary(Identities(learned)))
        for memo in (self._memo, self._made):
            if len(memo) > bounds.MEMO_ENTRIES:
                memo.clear()

    def _block(self, block: bytes, *, one: bool) -> bytes:
        """Return the block with a tag in place of everything found."""
        deadline = self._clock() + self._seconds
        lowered = block.lower()
        known = self._known(block, lowered)
        detected: list[Span] = []
        for spans in self._detect_all(block, lowered, deadline):
            detected += spans
        if not known and not detected:
            return block
        if detected and b"<" in block and self._tags is not None:
            tags = [match.span() for match in self._tags.finditer(block)]
            detected = without_tags(detected, tags)
        pieces: list[bytes] = []
        end = 0
        for start, stop, kind in merged(known + detected):
            value = block[start:stop]
            if not one and _NEWLINE in value:
                msg = "a match left its line"
                raise ValueError(msg)
            pieces += (block[end:start], self._tag(kind, value))
            end = stop
        pieces.append(block[end:])
        return b"".join(pieces)

    def _known(self, block: bytes, lowered: bytes) -> list[Span]:
        """Return where the machine's and the event's own identities stand."""
        spans: list[Span] = []
        for dictionary in (self._dictionary, self._learned[1]):
            if dictionary is not None:
                spans += dictionary.find(block, lowered)
        return spans

    def _detect_all(
        self, block: bytes, lowered: bytes, deadline: float
    ) -> Iterator[list[Span]]:
        """Yield what each detector finds, and where else the names it found stand."""
        for detector, pattern in self._patterns:
            needs = detector.needs
            if needs and not any(literal in lowered for literal in needs):
                continue
            found = self._detected(detector, pattern, block, deadline)
            yield found
            if detector.spreads and found:
                yield _spread(block, lowered, found)

    def _detected(
        self, detector: Detector, pattern: Pattern, block: bytes, deadline: float
    ) -> list[Span]:
        """Return what one detector finds."""
        if self._clock() > deadline:
            raise _OutOfTimeError
        found: list[Span] = []
        memo, beside, name = self._memo, detector.beside, detector.name
        before = after = b""
        for count, match in enumerate(pattern.finditer(block)):
            start, end = match.span()
            if beside:
                before = block[max(0, start - beside) : start]
                after = block[end : end + beside]
                if _NEWLINE in before:
                    before = before.rpartition(_NEWLINE)[2]
                if _NEWLINE in after:
                    after = after.partition(_NEWLINE)[0]
            key = (name, before, block[start:end], after)
            spans = memo.get(key)
            if spans is None:
                spans = memo[key] = detector.verify(key[2], before, after)
            for first, last, kind in spans:
                found.append((start + first, start + last, kind))
            if not count % bounds.CHECK_EVERY and self._clock() > deadline:
                raise _OutOfTimeError
        return found

    def _tag(self, kind: str, value: bytes) -> bytes:
        key = (kind, value)
        tag = self._made.get(key)
        if tag is None:
            tag = self._made[key] = make_tag(self._key, kind, value)
        return tag


def _spread(block: bytes, lowered: bytes, named: Iterable[Span]) -> list[Span]:
    """Return the other places of names on the line that once said what they are."""
    found: list[Span] = []
    seen: set[tuple[int, bytes]] = set()
    for start, end, kind in named:
        word = lowered[start:end]
        if kind not in _SPREAD_KINDS or len(word) < bounds.SPREAD_CHARS:
            continue
        first = block.rfind(_NEWLINE, 0, start) + 1
        if (first, word) in seen:
            continue
        seen.add((first, word))
        last = block.find(_NEWLINE, end)
        last = len(block) if last < 0 else last
        at = lowered.find(word, first, last)
        if at == start:
            at = lowered.find(word, end, last)
        if at < 0 or is_ordinary(word.decode("utf-8", "replace")):
            continue
        while at >= 0:
            if is_word(block, at, at + len(word)):
                found.append((at, at + len(word), kind))
            at = lowered.find(word, at + len(word), last)
    return found
