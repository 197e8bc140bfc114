"""Grounds an output: scores every clause against the index of its sources, grades it and says why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hitl_tui.grounding.entities import swapped_name
from hitl_tui.grounding.facts import Compared, compared
from hitl_tui.grounding.features import Features
from hitl_tui.grounding.foreign import foreign_denial
from hitl_tui.grounding.gather import gathered
from hitl_tui.grounding.index import Index, may_hold_values, values_within
from hitl_tui.grounding.language import language, scripts, share_script
from hitl_tui.grounding.link import MOST_EVIDENCE, Claim, Link, evidence, linked
from hitl_tui.grounding.names import name_flags
from hitl_tui.grounding.normalise import AUTHOR_KEYS, FRAME_WORDS, is_stop, placed_keys
from hitl_tui.grounding.polarity import negation_flags
from hitl_tui.grounding.quantities import Quantity, quantities
from hitl_tui.grounding.reasons import grade_of, reason
from hitl_tui.grounding.score import clause_score, output_risk
from hitl_tui.grounding.segment import clauses, sentences
from hitl_tui.grounding.silence import is_silent
from hitl_tui.grounding.types import Clause, Evidence, Flag, Grounding, Span
from hitl_tui.grounding.values import value_flags

_NUMBER_WEIGHT = 1.5
_CAPITAL_WEIGHT = 1.2
_FRAME_WEIGHT = 0.25
_NUMBERED = frozenset({"passag", "sourc", "document", "step", "section"})
_MARKER_END = re.compile(r"[.)]\s")


@dataclass(frozen=True, slots=True)
class Reading:
    """An output read against its sources: its claims, and beside each its links, its facts and its features."""

    claims: tuple[Claim, ...]
    links: tuple[tuple[Link, ...], ...]
    facts: tuple[Compared, ...]
    flags: tuple[Flag, ...]
    features: tuple[Features, ...]


def ground(output: str, index: Index) -> Grounding:
    """Return how far each clause of `output` is found in the sources of `index`, and what contradicts them."""
    if note := _why_off(output, index):
        return Grounding(0.0, 0.0, (), (), note)
    reading = read(output, index)
    notes: dict[int, list[str]] = {}
    for flag in reading.flags:
        notes.setdefault(flag.clause, []).append(flag.note)
    done: list[Clause] = []
    for number, claim in enumerate(reading.claims):
        facts, ties = reading.features[number], reading.links[number]
        told = reading.facts[number]
        agrees = bool(told.same) and number not in notes
        score, plain = (clause_score(facts, style=style, agrees=agrees) for style in (True, False))
        grade = grade_of(score, facts, flagged=number in notes or bool(told.unknown))
        why = reason(grade, facts, agrees=agrees, left_open=bool(told.unknown))
        reasons = (*dict.fromkeys(notes.get(number, ())), why)
        places = _places(claim, ties, told)
        done.append(Clause(claim.start, claim.end, score, plain, grade, reasons, places))
    risk, plain_risk = (
        output_risk(
            [clause.score if style else clause.score_without_style for clause in done],
            [clause.end - clause.start for clause in done],
            reading.features,
            style=style,
        )
        for style in (True, False)
    )
    return Grounding(risk, plain_risk, tuple(done), reading.flags, "")


def _places(claim: Claim, links: Sequence[Link], told: Compared) -> tuple[Evidence, ...]:
    """Up to three places of evidence, the best first; a fact that was compared stands before the rest."""
    facts = [*told.same, *told.unknown][:MOST_EVIDENCE]
    found = sorted((evidence(claim, link) for link in links), key=lambda place: -place.score)
    known = {(place.passage, place.start) for place in facts}
    rest = [place for place in found if (place.passage, place.start) not in known]
    return tuple([*facts, *rest][:MOST_EVIDENCE])


def read(output: str, index: Index) -> Reading:
    """Cut the output into claims, link each to the sources, flag its values and gather its features."""
    parts = [(sentence, clauses(output, sentence)) for sentence in sentences(output)]
    cut = [[_claim(output, part, index) for part in spans] for _, spans in parts]
    asked = quantities(index.question)
    links: list[tuple[Link, ...]] = []
    flags: list[Flag] = []
    told: list[Compared] = []
    for (span, _), claims in zip(parts, cut, strict=True):
        reckons = "=" in output[slice(*span)]
        none = reckons or not any(may_hold_values(claim.keys) for claim in claims)
        values = () if none else values_within(output, span)
        silent = is_silent(output[slice(*span)])
        asks = output[slice(*span)].endswith("?")
        for claim in claims:
            links.append(linked(claim, claims, index))
            if not silent:
                number = len(links) - 1
                told.append(compared(output, claim, number, claims, values, index))
                flags += told[-1].flags or _claim_flags(
                    output,
                    claim,
                    number,
                    claims,
                    values,
                    links[-1],
                    index,
                    asked,
                    told[-1],
                    asks=asks,
                )
            else:
                told.append(Compared())
    whole = [claim for claims in cut for claim in claims]
    swapped = {flag.clause for flag in flags if flag.kind == "name"}
    named = name_flags(output, [(claim.start, claim.end) for claim in whole], index)
    flags += [flag for flag in named if flag.clause not in swapped]
    flags.sort(key=lambda flag: (flag.start, flag.end))
    facts = gathered(output, cut, links, flags, index)
    return Reading(tuple(whole), tuple(links), tuple(told), tuple(flags), tuple(facts))


def claims_of(
    output: str, index: Index
) -> Iterator[tuple[Claim, Sequence[Claim], tuple[Link, ...]]]:
    """Yield the claims that state something of the matter, each with all of its sentence and its links."""
    for sentence in sentences(output):
        text = output[slice(*sentence)]
        if not (is_silent(text) or text.endswith("?")):
            claims = [_claim(output, part, index) for part in clauses(output, sentence)]
            for claim in claims:
                yield claim, claims, linked(claim, claims, index)


def _claim_flags(
    output: str,
    claim: Claim,
    number: int,
    sentence: Sequence[Claim],
    values: Sequence[Quantity],
    links: Sequence[Link],
    index: Index,
    asked: Sequence[Quantity],
    told: Compared,
    *,
    asks: bool,
) -> list[Flag]:
    subject: dict[str, float] = {}
    for part in [*sentence, claim, claim]:
        for key, weight in part.weights.items():
            if not (key.startswith("#") or (key in AUTHOR_KEYS and key not in index.counts)):
                subject[key] = subject.get(key, 0.0) + weight
    own = [value for value in values if claim.start <= value.start < claim.end]
    found = value_flags(claim, number, own, subject, links, index, asked, values)
    if found or told.same:
        return found
    if asks:
        return []
    other = swapped_name(output, claim, number, links, index) or foreign_denial(
        claim, number, output, links, index
    )
    return [other] if other else negation_flags(claim, number, sentence, links, index)


def _claim(output: str, span: Span, index: Index) -> Claim:
    keys, places = placed_keys(output, span)
    weights: dict[str, float] = {}
    before = ""
    for key, (start, end) in zip(keys, places, strict=True):
        word = output[start:end]
        before, last = key, before
        is_marker = not last and _MARKER_END.match(output, end)
        if key.startswith("#") and (is_marker or last in _NUMBERED):
            continue
        if is_stop(word) or (len(word) == 1 and word.isascii() and not word.isdigit()):
            continue
        weight = index.idf(key)
        if key.startswith("#"):
            weight *= _NUMBER_WEIGHT
        elif word[0].isupper():
            weight *= _CAPITAL_WEIGHT
        if word.lower() in FRAME_WORDS and key not in index.counts:
            weight *= _FRAME_WEIGHT
        weights[key] = max(weight, weights.get(key, 0.0))
    return Claim(*span, tuple(keys), tuple(places), weights)


def _why_off(output: str, index: Index) -> str:
    if not index.postings:
        return "no sources"
    if not share_script(scripts([output]), index.scripts):
        return "the output's language differs from the sources'"
    spoken = language([output])
    if spoken and index.language and spoken != index.language:
        return "the output's language differs from the sources'"
    return ""
