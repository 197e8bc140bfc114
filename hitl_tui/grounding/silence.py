"""Tells the sentences that make no claim about the matter: refusals, and "the sources do not mention"."""

from __future__ import annotations

import re

_LONGEST = 2000

_SILENT = re.compile(
    r"\b(?:not|no|n['’]t|cannot|unable|unclear|nothing|none|without|neither|insufficient|lacks?)\b.*"
    r"\b(?:mention|state|specif|provide|inform|contain|answer|determin|indicat|clear|address|discuss|detail|describ|"
    r"explain|include|list|given|say|tell|know|find|enough|refer|relate|direct|possible)",
    re.IGNORECASE | re.DOTALL,
)
_OF_SOURCES = re.compile(
    r"\b(?:passage|source|context|document|text|article|information|material|reference|answer|question|data|listing|profile|excerpt)s?\b",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\b(?:i|we)(?:['’]m| am| are)? (?:sorry|unable|not able|cannot|can['’]t|could not|couldn['’]t)\b"
    r"|\b(?:i|we) (?:do not|don['’]t)\b"
    r"|\bunable to (?:answer|determine|provide|find)\b|\bcannot be (?:answered|determined)\b",
    re.IGNORECASE,
)


def speaks_of_sources(text: str) -> bool:
    """Tell whether the text speaks of passages, documents or answers instead of the matter alone."""
    return _OF_SOURCES.search(text, 0, _LONGEST) is not None


def is_silent(sentence: str) -> bool:
    """Tell whether a sentence says that the sources do not tell, or refuses to answer."""
    sentence = sentence[:_LONGEST]
    if _REFUSAL.search(sentence):
        return True
    return _OF_SOURCES.search(sentence) is not None and _SILENT.search(sentence) is not None
