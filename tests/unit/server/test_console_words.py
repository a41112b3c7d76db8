# SPDX-License-Identifier: Apache-2.0
"""Promises of the console's languages: nothing is said in one that another lacks.

Rules: what is said is found where it is said, so that a new act, column or refusal
without its German is named here.
Not here: how pages look in German (`tests/screenshots.py`).
"""

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from authorise_room import request

from policies import alert_rules, catalogue, preset
from policies.saying import LANGUAGES, Sayings, texts_of
from server import reader
from server.console import words as console_words
from server.console.pages import Look, Pages, told_of
from server.console.reading import SKIPS
from server.console.typed import for_page
from server.console.words import said as said_in
from server.console.words import words
from server.keeper import certifying, criteria, explaining, ledger_ends
from server.keeper.keeping import Facts
from server.keeper.overdue import SORTS
from server.keeper.own import words as own_words
from server.keyring import scoped
from server.ledger_acts import ACTS
from server.own_records import KINDS
from server.reader import arrow
from server.store.interface import DeviceState
from tests.refused_sentences import NOT_ON_A_PAGE, reached, sentences
from wire.diagnostics import wanted
from wire.endings import DEFECT, ENDINGS, sentence_of
from wire.order_words import describe
from wire.orders import Given
from wire.policy_source import compile_policy
from wire.refusals import SENTENCES

FOREIGN = [one for one in LANGUAGES if one != "en"]
NAMES = {language: set(texts) for language, texts in words().items()}
SKIPPED = re.compile(r'skipped\["([a-z-]+)"\]')
COUNTED = ["answers", "readings"]
"""What processes are busy with, as they say it where they take no more."""
REVIEW = int(datetime(2027, 1, 31, tzinfo=UTC).timestamp())


def catalogued() -> Iterator[str]:
    """Yield every sentence that the catalogue says."""
    for dataset in catalogue().datasets.values():
        yield dataset.title
        yield from (column.reason for column in dataset.columns)
        if dataset.diagnostic is not None:
            yield from (one.reason for one in dataset.diagnostic.parameters)


def explained() -> Iterator[str]:
    """Yield what the keeper says of why data is here, and of what happens then."""
    ways = (explaining.KEY_DIES, explaining.WAITS, explaining.EXTRACTED)
    yield from (*ways, explaining.DELETED, explaining.ANNOUNCED, explaining.RELEASED)
    yield from (explaining.LAW_ENDED, explaining.ENTRY)
    extracted = f"{explaining.EXTRACTED}; {explaining.KEY_DIES}"
    yield from (extracted, f"{explaining.WAITS}; then {extracted}")
    yield f"{explaining.WAITS}; then {explaining.KEY_DIES}"
    yield from (one.format(days=30) for one in own_words.EVERY)
    yield from (kind.words for kind in KINDS.values())
    yield certifying.PENDING
    yield from (one.words for one in ledger_ends.reasons("opened", 0, Facts()))
    yield criteria.PurposeNeed().words()
    yield criteria.ContractDuration().words()
    yield criteria.LegalObligation("HGB 257", "DE").words()
    yield criteria.LimitationPeriod("BGB 195", "DE").words()
    yield criteria.BusinessNeed("sales", "offers", REVIEW).words()


def signed() -> Iterator[str]:
    """Yield the words of a request that are not what somebody typed."""
    for name, parameter in (("service_state", "service"), ("packet_headers", "")):
        given = (Given(parameter, "cups"),) if parameter else ()
        asked = request(diagnostic=name, parameters=given)
        for line in describe(asked, catalogue().datasets[name]):
            yield line.name
            if line.name in {"Runs at most", "Tells at most"}:
                yield f"{line.name}: {line.value}"
            if line.name in {"Diagnostic", "Sensitive"}:
                yield line.value


def asking() -> Iterator[str]:
    """Return what is said of a parameter that will not do, of each that there is."""
    for one in catalogue().datasets.values():
        for item in one.diagnostic.parameters if one.diagnostic else ():
            yield f"parameter {item.name}: {wanted(item)}"
            yield f"parameter {item.name} is missing: {wanted(item)}"


def bases() -> set[str]:
    """Return on what the shipped policies rest."""
    return {
        rules.basis
        for name in ("minimal", "standard", "full")
        for rules in compile_policy(preset(name), catalogue(), name).purposes
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_of_alerts_has_a_title(language: str) -> None:
    """Each rule that is shipped has a title, and no title is of another."""
    shipped = tomllib.loads(alert_rules().decode())["rule"]
    told = {name for name in NAMES[language] if name.startswith("alerts.rule.")}
    assert {f"alerts.rule.{name}" for name in shipped} == told


@pytest.mark.parametrize("language", FOREIGN)
def test_every_text_is_in_every_language(language: str) -> None:
    """A page has the same texts in each language."""
    assert NAMES["en"] ^ NAMES[language] == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_put_into_a_text_is_the_same(language: str) -> None:
    """A text takes the same values in each language, or its page would break."""
    every = words()

    def taken(text: str) -> set[str]:
        return {part.partition("}")[0] for part in text.split("{")[1:]}

    wrong = [
        name
        for name, text in every["en"].items()
        if taken(text) != taken(every[language][name])
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_why_something_is_not_shown_is_told_in_words(language: str) -> None:
    """Each slug by which the reader leaves something out has a text, and none else."""
    read = Path(reader.__file__).parent.glob("*.py")
    named = {one for path in read for one in SKIPPED.findall(path.read_text())}
    keys = {scoped.DESTROYED, scoped.OVERDUE, scoped.OTHER, scoped.OTHER_TICKET}
    told = {name for name in NAMES[language] if name.startswith("read.why.")}
    assert len(named) > 5
    assert {f"read.why.{one}" for one in SKIPS} == told
    assert named | keys | {scoped.UNKNOWN, arrow.OUT_OF_RANGE} == SKIPS


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_act_of_the_ledger_is_told_in_words(language: str) -> None:
    """Each act that the ledger can have is a sentence, and no sentence has no act."""
    told = {name for name in NAMES[language] if name.startswith("act.")}
    assert {f"act.{act}" for act in ACTS} == told


@pytest.mark.parametrize("language", FOREIGN)
@pytest.mark.parametrize(
    "said",
    [
        pytest.param(sorted(set(catalogued())), id="catalogue"),
        pytest.param(sorted(SENTENCES.values()), id="refusals"),
        pytest.param([*ENDINGS.values(), DEFECT, sentence_of("x")], id="endings"),
        pytest.param([one.value for one in DeviceState], id="devices"),
        pytest.param(list(SORTS), id="overdue"),
        pytest.param(list(explained()), id="why"),
        pytest.param(list(signed()), id="signed"),
        pytest.param(list(asking()), id="asking"),
        pytest.param(sorted(bases()), id="bases"),
    ],
)
def test_every_sentence_of_others_is_in_every_language(
    language: str, said: list[str]
) -> None:
    """What catalogue, office and keeper say in English has its text in the language."""
    known = said_in()[language]
    assert known is not None
    assert [sentence for sentence in said if known.of(sentence) is None] == []


@pytest.mark.parametrize("language", FOREIGN)
def test_every_error_that_a_page_shows_is_in_every_language(language: str) -> None:
    """Whatever office, reader, keeper, query or console refuse says why in each.

    What is said beside what is to be typed is said to a browser too, or it had nothing.
    """
    known = said_in()[language]
    assert known is not None
    assert len(sentences()) > 100
    lacking = []
    for one in sentences():
        told = known.of(for_page(one.said))
        if told is None or any(part in told for part in one.parts):
            lacking.append((one.where, for_page(one.said)))
    assert lacking == []


def test_what_is_kept_off_pages_is_still_there() -> None:
    """A module that is named as one whose errors reach no page is not forgotten."""
    named = {name for names in NOT_ON_A_PAGE.values() for name in names}
    assert named - reached() == set()


@pytest.mark.parametrize("language", FOREIGN)
def test_no_refusal_is_kept_that_nobody_says(language: str) -> None:
    """A refusal that was said otherwise leaves no text of the old one."""
    folder = Path(console_words.__file__).parent / "said" / language
    said = [for_page(one.said) for one in sentences()]
    said += [one.value for one in DeviceState] + COUNTED
    stale = [
        key
        for key, text in texts_of(folder).items()
        if not any(Sayings({key: text}).of(one) for one in said)
    ]
    assert stale == []


@pytest.mark.parametrize("language", FOREIGN)
def test_nothing_is_kept_that_nobody_says(language: str) -> None:
    """A sentence of the catalogue that was changed leaves no text of the old one."""
    known = said_in()[language]
    assert known is not None
    kept = {one for one in known.plain if one.endswith(".")}
    assert kept - set(catalogued()) == set()


def test_a_shape_stands_for_all_sentences_like_it() -> None:
    """What differs from case to case is taken over; parts are said one by one."""
    known = Sayings({"{law} asks for it": "{law} will es", "a.b": "c", "d": "e"})
    assert known.of("HGB 257 (DE) asks for it") == "HGB 257 (DE) will es"
    assert known.of("a.b; d") == "c; e"
    assert (known.of("axb"), known.of("d; f"), known.of("")) == (None, None, None)


def test_what_has_no_german_is_marked_and_inert() -> None:
    """A sentence without a text is shown in English, marked so, and runs nowhere."""
    pages = Pages()
    values = {"title": "error.title", "sentence": "x"}
    values |= dict.fromkeys(("step_up", "again", "to"), "")

    def shown(language: str, said: str) -> str:
        return pages.page("error", Look(language), **values, said=said)

    odd = "<script>alert(1)</script>\u202e"
    inert = "&lt;script&gt;alert(1)&lt;/script&gt;?"
    assert f'<p><span lang="en">{inert}</span></p>' in shown("de", odd)
    assert f"<p>{inert}</p>" in shown("en", odd)
    forbidden = "a person at the machine has forbidden it"
    assert "<p>eine Person an der Maschine hat es verboten</p>" in shown(
        "de", forbidden
    )


def test_the_words_that_are_signed_stay_as_they_are() -> None:
    """In German each has its translation beside it, and what was typed has none."""
    asked = describe(request(), catalogue().datasets["service_state"])
    lines = [(one.name, one.value, one.note) for one in asked]
    draft = SimpleNamespace(title="T", whole=False, waits=False, lines=lines)
    told = {"order": "00", "draft": draft, "mine": False, "link": "", "program": ""}
    page = Pages().page("diagnostic_draft", Look("de", token="t"), **told)
    assert all(f"<bdi>{value}</bdi>" in page for _, value, _ in lines)
    assert "(10 Sekunden)" in page
    assert "(Mit service)" in page
    assert page.count("cups") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_thing_is_said_of_one(language: str) -> None:
    """Where a text counts, one of it has words of its own; two have the others."""
    known = words()[language]
    counting = {name: text for name, text in known.items() if "{count}" in text}
    of_one = [f"{name}.one" for name in counting if f"{name}.one" in known]
    assert of_one
    for name in of_one:
        every = counting[name[:-4]]
        values = {"count": 1} | dict.fromkeys(
            ("since", "last", "records", "before", "why", "octets"), "x"
        )
        assert told_of(known, name[:-4], values) == known[name].format(**values)
        two = values | {"count": 2}
        assert told_of(known, name[:-4], two) == every.format(**two)
