"""Personal data in rows: e-mail, phone, card and national numbers, found, counted, or masked in place.

Phones are found by phonenumbers (libphonenumber), cards and national numbers by the checksums of
python-stdnum. A mask is as long as what it hides, so that offsets into a text stay right. Names and
addresses are not found: that takes a model.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import import_module
from itertools import islice
from typing import Any, Literal

Policy = Literal["fail", "redact", "allow"]
POLICIES: tuple[Policy, ...] = ("fail", "redact", "allow")
_EXAMPLES = 5

_EMAIL = re.compile(
    r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])"
)
_DIGITS = re.compile(r"\d(?:\D{0,4}\d){5}")
_PHONE = re.compile(r"(?<![\w+./-])\+?\(?\d[\d\s()./-]{6,22}\d(?![\w])")
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d[-/.]\d\d[-/.]\d\d(?!\d)")
_CARD = re.compile(
    r"(?<![\w.-])(?:\d{13,19}|\d{4}(?P<gap>[ -])\d{4}(?P=gap)\d{4}(?P=gap)\d{4}(?:(?P=gap)\d{3})?"
    r"|\d{4}[ -]\d{6}[ -]\d{5})(?![\w-])"
)
_CARD_LENGTHS = (13, 14, 15, 16, 19)
_NATIONAL: dict[str, str] = {
    "us.ssn": r"\d{3}-\d{2}-\d{4}",
    "iban": r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?",
    "gb.nhs": r"\d{3}[ -]\d{3}[ -]\d{4}",
    "es.dni": r"\d{8}-?[A-Z]",
    "es.nie": r"[XYZ]\d{7}-?[A-Z]",
    "it.codicefiscale": r"[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]",
    "fr.nir": r"[12] ?\d{2} ?\d{2} ?\d{2} ?\d{3} ?\d{3} ?\d{2}",
    "be.nn": r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}",
    "fi.hetu": r"\d{6}[-+A]\d{3}[0-9A-Z]",
    "se.personnummer": r"\d{6}(?:\d{2})?[-+]\d{4}",
    "pl.pesel": r"\d{11}",
    "br.cpf": r"\d{3}\.\d{3}\.\d{3}-\d{2}",
    "ch.ssn": r"756\.\d{4}\.\d{4}\.\d{2}",
    "ca.sin": r"\d{3}-\d{3}-\d{3}",
    "in_.aadhaar": r"\d{4} \d{4} \d{4}",
    "cn.ric": r"\d{17}[0-9X]",
    "kr.rrn": r"\d{6}-\d{7}",
    "mx.curp": r"[A-Z]{4}\d{6}[A-Z]{6}[A-Z0-9]\d",
}
"""Module of stdnum -> what such a number looks like. Its checksum decides; a number whose check is weak
is only looked at in the form in which people write it."""
_REGIONS = ("US", "GB", "DE", "FR")
"""Where a phone number without its country may be from; it must be written in groups then."""
_OURS = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|r-[0-9a-f]{16}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
)
"""Ids of verdicts, pseudonyms and times of ours: digits that are nobody's."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A stretch of a text that is personal data, as half-open code points."""

    start: int
    end: int
    kind: Literal["email", "phone", "card", "national"]


@dataclass(slots=True)
class Gate:
    """What stands between rows and files. `found` counts what was seen by kind, `where` names the first."""

    policy: Policy
    found: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    where: list[tuple[str, str, str]] = field(default_factory=list)

    def passed(self, row: dict[str, Any], case_id: str) -> dict[str, Any]:
        """The row as it may go out; under `fail` it is counted and stays as it is."""
        if _clean(row):
            return row
        before = self.found.total()
        cleaned: dict[str, Any] = self._value(row, "", case_id)
        self.rows += self.found.total() > before
        return cleaned

    def _value(self, value: Any, path: str, case_id: str) -> Any:
        if isinstance(value, str):
            return self._text(value, path, case_id)
        if isinstance(value, dict):
            return {
                self._text(str(name), path, case_id): self._value(
                    inner, f"{path}.{name}" if path else str(name), case_id
                )
                for name, inner in value.items()
            }
        if isinstance(value, list | tuple):
            return [self._value(inner, path, case_id) for inner in value]
        return value

    def _text(self, text: str, path: str, case_id: str) -> str:
        found = findings(text)
        for one in found:
            self.found[one.kind] += 1
            if len(self.where) < _EXAMPLES:
                self.where.append((one.kind, path, case_id))
        return masked(text, found) if self.policy == "redact" else text


def _clean(value: Any) -> bool:
    """Whether nothing is found in a value or in what is inside it."""
    if isinstance(value, str):
        return not findings(value)
    if isinstance(value, dict):
        return all(_clean_name(str(name)) and _clean(inner) for name, inner in value.items())
    return not isinstance(value, list | tuple) or all(map(_clean, value))


# The names of columns, for the most part.
@lru_cache(maxsize=1024)
def _clean_name(name: str) -> bool:
    return not findings(name)


def findings(text: str) -> tuple[Finding, ...]:
    """What is personal data in a text, in order, without overlap."""
    if "@" not in text and not _DIGITS.search(text):
        return ()
    return () if _OURS.fullmatch(text) else _found(text)


# A prompt comes again in every row of its case, and a source in many cases.
@lru_cache(maxsize=1024)
def _found(text: str) -> tuple[Finding, ...]:
    return tuple(_in_order(text))


def _in_order(text: str) -> Iterator[Finding]:
    end = 0
    for one in sorted(
        (f for find in _FINDERS for f in find(text)), key=lambda f: (f.start, -f.end)
    ):
        if one.start >= end:
            yield one
            end = one.end


def masked(text: str, found: Iterable[Finding]) -> str:
    """The text with `[EMAIL___]` and the like in place of what was found, as long as before."""
    for one in found:
        name, length = one.kind.upper(), one.end - one.start
        mask = f"[{name.ljust(max(0, length - 2), '_')[: max(0, length - 2)]}]"
        text = text[: one.start] + mask[:length] + text[one.end :]
    return text


def _emails(text: str) -> Iterator[Finding]:
    if "@" in text:
        for match in _EMAIL.finditer(text):
            yield Finding(*match.span(), "email")


def _cards(text: str) -> Iterator[Finding]:
    from stdnum import luhn  # noqa: PLC0415  (only for a text with digits enough)

    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        # The first digit of a card says its network; zeros and ones are none.
        if len(digits) in _CARD_LENGTHS and digits[0] in "23456" and luhn.is_valid(digits):
            yield Finding(*match.span(), "card")


def _nationals(text: str) -> Iterator[Finding]:
    if not _any_national().search(text):
        return
    for name, pattern in _national_patterns():
        for match in pattern.finditer(text):
            number = match[0]
            # A word in capitals behind a number looks like a further group of it.
            while number and not _is_valid(name)(number):
                number = number.rpartition(" ")[0]
            if number:
                yield Finding(match.start(), match.start() + len(number), "national")


def _phones(text: str) -> Iterator[Finding]:
    if all(_DATE.search(match[0]) for match in _PHONE.finditer(text)):
        return
    import phonenumbers  # noqa: PLC0415  (its tables take time)

    for region in (None, *_REGIONS):
        leniency = (
            phonenumbers.Leniency.VALID if region is None else phonenumbers.Leniency.STRICT_GROUPING
        )
        matcher = phonenumbers.PhoneNumberMatcher(text, region, leniency)
        for match in islice(matcher, 1000):
            grouped = re.search(r"\d[\s()./-]+\d", match.raw_string)
            if match.raw_string.startswith("+") or grouped:
                yield Finding(match.start, match.end, "phone")


_FINDERS: tuple[Callable[[str], Iterator[Finding]], ...] = (_emails, _cards, _nationals, _phones)


@cache
def _national_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (name, re.compile(rf"(?<![\w.-]){pattern}(?![\w-])")) for name, pattern in _NATIONAL.items()
    )


@cache
def _any_national() -> re.Pattern[str]:
    """Finds something wherever one of them does."""
    return re.compile(rf"(?<![\w.-])(?:{'|'.join(_NATIONAL.values())})(?![\w-])")


@cache
def _is_valid(name: str) -> Callable[[str], bool]:
    valid: Callable[[str], bool] = import_module(f"stdnum.{name}").is_valid
    return valid
