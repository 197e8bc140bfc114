"""Grounds an output: scores every clause against the index of its sources, grades it and says why."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hitl_tui.grounding.index import Index, values_within
from hitl_tui.grounding.language import language, scripts, share_script
from hitl_tui.grounding.link import Claim, Link, evidence, linked
from hitl_tui.grounding.names import name_flags
from hitl_tui.grounding.normalise import FRAME_WORDS, is_stop, placed_keys
from hitl_tui.grounding.polarity import negation_flags
from hitl_tui.grounding.quantities import Quantity, quantities
from hitl_tui.grounding.score import Features, clause_score, features, output_risk, unseen_weight
from hitl_tui.grounding.segment import clauses, sentences
from hitl_tui.grounding.types import Clause, Flag, Grade, Grounding, Span
from hitl_tui.grounding.values import value_flags

_NUMBER_WEIGHT = 1.5
_CAPITAL_WEIGHT = 1.2
_FRAME_WEIGHT = 0.25
_NUMBERED = frozenset({"passag", "sourc", "document", "step", "section"})
_MARKER_END = re.compile(r"[.)]\s")
_LONGEST_REFUSAL = 2000
FOUND_BELOW = 0.35
NOT_FOUND_FROM = 0.65
"""Scores from which a clause counts as "weak" and as "not_found"."""

_SILENT = re.compile(
    r"\b(?:not|no|n['’]t|cannot|unable|unclear|nothing|none|without|neither|insufficient|lacks?)\b.*"
    r"\b(?:mention|state|specif|provide|inform|contain|answer|determin|indicat|clear|address|discuss|detail|describ|"
    r"explain|include|list|given|say|tell|know|find|enough|refer|relate|direct|possible)",
    re.IGNORECASE | re.DOTALL,
)
_OF_SOURCES = re.compile(
    r"\b(?:passage|source|context|document|text|article|information|material|reference|answer|question|data)s?\b",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\b(?:i|we)(?:['’]m| am| are)? (?:sorry|unable|not able|cannot|can['’]t|could not|couldn['’]t)\b"
    r"|\b(?:i|we) (?:do not|don['’]t)\b"
    r"|\bunable to (?:answer|determine|provide|find)\b|\bcannot be (?:answered|determined)\b",
    re.IGNORECASE,
)


def ground(output: str, index: Index) -> Grounding:
    """Return how far each clause of `output` is found in the sources of `index`, and what contradicts them."""
    if note := _why_off(output, index):
        return Grounding(0.0, 0.0, (), (), note)
    parts = [(sentence, clauses(output, sentence)) for sentence in sentences(output)]
    read = [[_claim(output, part, index) for part in cut] for _, cut in parts]
    asked = quantities(index.question)
    links: list[tuple[Link, ...]] = []
    flags: list[Flag] = []
    for (span, _), claims in zip(parts, read, strict=True):
        values = values_within(output, span)
        silent = _is_silent(output[slice(*span)])
        for claim in claims:
            links.append(linked(claim, claims, index))
            if not silent:
                flags += _claim_flags(
                    claim, len(links) - 1, claims, values, links[-1], index, asked
                )
    spans = [(claim.start, claim.end) for claims in read for claim in claims]
    flags += name_flags(output, spans, index)
    flags.sort(key=lambda flag: (flag.start, flag.end))
    return _assembled(output, read, links, flags, index)


def _claim_flags(
    claim: Claim,
    number: int,
    sentence: Sequence[Claim],
    values: Sequence[Quantity],
    links: Sequence[Link],
    index: Index,
    asked: Sequence[Quantity],
) -> list[Flag]:
    subject: dict[str, float] = {}
    for part in [*sentence, claim, claim]:
        for key, weight in part.weights.items():
            if not key.startswith("#"):
                subject[key] = subject.get(key, 0.0) + weight
    own = [value for value in values if claim.start <= value.start < claim.end]
    found = value_flags(claim, number, own, subject, links, index, asked)
    return found or negation_flags(claim, number, links)


def _assembled(
    output: str,
    read: Sequence[Sequence[Claim]],
    links: Sequence[tuple[Link, ...]],
    flags: Sequence[Flag],
    index: Index,
) -> Grounding:
    found = _all_features(output, read, links, flags, index)
    notes: dict[int, list[str]] = {}
    for flag in flags:
        notes.setdefault(flag.clause, []).append(flag.note)
    done: list[Clause] = []
    for claim in (claim for claims in read for claim in claims):
        facts, ties = found[len(done)], links[len(done)]
        score = clause_score(facts, style=True)
        plain = clause_score(facts, style=False)
        grade = _grade(score, facts)
        reasons = (*dict.fromkeys(notes.get(len(done), ())), _reason(grade, facts))
        places = tuple(sorted((evidence(claim, tie) for tie in ties), key=lambda e: -e.score))
        done.append(Clause(claim.start, claim.end, score, plain, grade, reasons, places))
    risk = output_risk([clause.score for clause in done])
    plain_risk = output_risk([clause.score_without_style for clause in done])
    return Grounding(risk, plain_risk, tuple(done), tuple(flags), "")


def _all_features(
    output: str,
    read: Sequence[Sequence[Claim]],
    links: Sequence[tuple[Link, ...]],
    flags: Sequence[Flag],
    index: Index,
) -> list[Features]:
    whole = {key: w for claims in read for claim in claims for key, w in claim.weights.items()}
    output_unseen = unseen_weight(whole, index) / (sum(whole.values()) or 1.0)
    flagged = {flag.clause for flag in flags}
    found: list[Features] = []
    for claims in read:
        sentence = output[claims[0].start : claims[-1].end]
        silent = _is_silent(sentence)
        for claim in claims:
            text = output[claim.start : claim.end]
            found.append(
                features(
                    claim,
                    claims,
                    links[len(found)],
                    index,
                    output_unseen=output_unseen,
                    silent=silent,
                    framed=_OF_SOURCES.search(text) is not None,
                    flagged=len(found) in flagged,
                    late=claim.start / len(output),
                )
            )
    return found


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


def _is_silent(sentence: str) -> bool:
    """Tell whether a sentence says that the sources do not tell, or refuses to answer."""
    sentence = sentence[:_LONGEST_REFUSAL]
    if _REFUSAL.search(sentence):
        return True
    return _OF_SOURCES.search(sentence) is not None and _SILENT.search(sentence) is not None


def _grade(score: float, facts: Features) -> Grade:
    if score >= NOT_FOUND_FROM and not facts.silent and not (facts.flagged and facts.unseen < 0.5):
        return "not_found"
    return "weak" if score >= FOUND_BELOW or facts.thin == 1.0 else "found"


def _reason(grade: Grade, facts: Features) -> str:
    if facts.silent:
        return "says that the sources do not tell"
    if facts.thin == 1.0:
        return "too few words to compare"
    if grade == "found":
        if facts.reworded < 0.5:
            return "wording found"
        return (
            "most of its words are in one place"
            if facts.apart < 0.5
            else "its words are in the sources"
        )
    if facts.unseen >= 0.5:
        return "few of its words are in the sources"
    if facts.unseen >= 0.2:
        return "some of its words are not in the sources"
    return "its words are scattered over the sources" if facts.apart > 0.4 else "reworded"
