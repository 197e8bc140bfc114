"""Finds the numbers, times and dates of a text, with their values, their units and where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from hitl_tui.grounding.calendars import MONTH_OF, WEEKDAY_OF
from hitl_tui.grounding.normalise import (
    MONTHS,
    NUMBER_WORDS,
    SCALE_WORDS,
    STOP_WORDS,
    WEEKDAYS,
    key,
)
from hitl_tui.grounding.numerals import eastern_value, spelt_value, written_value
from hitl_tui.grounding.segment import MARKS, UNSPACED, is_unspaced
from hitl_tui.grounding.units import UNITS

QuantityKind = Literal["number", "time", "date"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One value at ``text[start:end]`` (with its unit).

    number: `value` in the unit as written, `measure` and `factor` from the table of units, or
    `measure` "of <key of the noun>", or "". time: `value` in minutes of the day, below 720 when
    the half of the day is unknown. date: `date` is (year, month, day, weekday) with 0 for what is not said.
    `spelt` tells that it is written as a word or is an ordinal. A decade is the date of its first year, with
    `measure` "decade".
    """

    start: int
    end: int
    kind: QuantityKind
    value: float
    measure: str = ""
    factor: float = 1.0
    date: tuple[int, int, int, int] = (0, 0, 0, 0)
    spelt: bool = False

    @property
    def amount(self) -> float:
        """The value in base units of its measure."""
        return self.value * self.factor

    def moved(self, by: int) -> Quantity:
        """The same value in a text with `by` more characters before it."""
        return replace(self, start=self.start + by, end=self.end + by)


_MONTH_NAMES = "|".join(MONTHS) + r"|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
_YEAR = r"1[4-9]\d\d|20\d\d"
_SCALE = "|".join(sorted((word for word in SCALE_WORDS if len(word) > 1), key=len, reverse=True))
_NUMBER_WORD = "|".join(
    sorted([*NUMBER_WORDS, "hundred", "thousand", "million", "billion"], key=len, reverse=True)
)
_JOINED = rf"(?<![^\W{UNSPACED}])"
"""Not right after a letter or digit; a character of a script without spaces joins nothing."""
_FOREIGN_MONTH = "|".join(sorted(map(re.escape, MONTH_OF), key=len, reverse=True))
_WEEKDAY_SIGNS = "|".join(WEEKDAY_OF)
_FOUND = re.compile(
    rf"""
    {_JOINED}(?:
    (?P<farday>(?P<fdd>\d\d?)(?:\.|º|er)?\s?(?:de\s)?(?P<fdm>{_FOREIGN_MONTH})(?![^\W_{UNSPACED}])
        (?:,?\s(?:de\s)?(?P<fdy>{_YEAR})\b)?)
  | (?P<eastdate>(?:(?P<ey>{_YEAR})年)?(?P<em>\d\d?)月(?:(?P<ed>\d\d?)[日号號])?)
  | (?P<eastday>(?<![一二两三四五六七八九十每毎\d])星?(?P<ew>{_WEEKDAY_SIGNS})日?)
  | (?P<easthuge>\d++(?:,\d{{3}})*(?:\.\d++)?(?:[百千]?[万萬億亿兆만억](?:\d++[百千]?[万萬만]?)?|\s?ล้าน))
  | (?P<iso>(?<![\w-])(?P<iy>{_YEAR})-(?P<im>\d\d)-(?P<id>\d\d)(?!\d))
  | (?P<slash>(?<![\w/.])(?P<sa>\d\d?)/(?P<sb>\d\d?)/(?P<sy>\d{{4}}|\d\d)(?![\d/]))
  | (?P<monthday>\b(?P<mm>{_MONTH_NAMES})\b\.?,?\s+(?:the\s+)?
        (?P<md>\d\d?)(?:st|nd|rd|th)?\b(?!\s?[:%]\d|,\d)(?:,?\s+(?P<my>{_YEAR})\b)?)
  | (?P<daymonth>\b(?P<dd>\d\d?)(?:st|nd|rd|th)?\s+(?:of\s+)?
        (?P<dm>{_MONTH_NAMES})\b(?:\.?,?\s+(?P<dy>{_YEAR})\b)?)
  | (?P<monthyear>\b(?P<ym>{_MONTH_NAMES})\b\.?,?\s+(?:of\s+)?(?P<yy>{_YEAR})\b)
  | (?P<month>\b(?P<m>{"|".join(MONTHS)})\b)
  | (?P<weekday>\b(?P<w>{"|".join(WEEKDAYS)})s?\b)
  | (?P<ampm>\b(?P<ah>\d\d?)(?:[:.](?P<am>[0-5]\d))?\s?(?P<ap>[ap])(?:\.m\.|m\b))
  | (?P<halfday>\b(?:noon|midday|midnight)\b)
  | (?P<clock>(?<![\w.:])(?P<ch>[01]?\d|2[0-4]):(?P<cm>[0-5]\d)(?::[0-5]\d)?(?![:\d]))
  | (?P<decade>(?<![\w.,/])(?:(?P<dc>1[4-9]|20)|['’])(?P<dt>\d)0['’]?s\b)
  | (?P<number>(?<!\.)(?:(?P<cur>us\$|usd|eur|gbp|inr|[$€£¥₹])\s?)?
        (?:(?:(?P<fw>\d++)(?:\s|-(?=\d)|(?=[½¼¾⅓⅔⅛⅜⅝⅞])|\sand\s))?
              (?:(?P<fn>\d\d?)[/⁄](?P<fd>2|3|4|5|6|8|10|12|16|32)(?![/\d])|(?P<fc>[½¼¾⅓⅔⅛⅜⅝⅞]))
          |(?P<n>\d{{1,3}}(?:,\d{{2,3}})*,\d{{3}}(?!\d)(?:\.\d++)?+|\d++,\d\d?(?=\s?[%€°]|\s[^\W\d_])|\d++(?:\.\d++)?+(?!\.\d))
              (?:\s(?:and\s(?:a|one)[\s-](?P<half>half|quarter)\b))?+)
        (?:[\s-]?(?P<scale>{_SCALE})\b|(?P<k>[km])\b)?(?P<nth>(?:st|nd|rd|th)\b)?)
  | (?P<words>\b(?:{_NUMBER_WORD})(?:[\s-]+(?:and\s+)?(?:{_NUMBER_WORD}))*\b)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_UNIT = re.compile(
    rf"\s?(%|°\s?[CFcf]?\b|°)|[\s-]{{0,2}}"
    r"(?:(?:business|working|calendar|consecutive|full|whole|square|cubic|more|additional)\s)?"
    rf"([^\W\d_{UNSPACED}](?:[^\W\d_{UNSPACED}]|[{MARKS}])*)",
    re.IGNORECASE,
)
_COUNTERS = sorted((unit for unit in UNITS if is_unspaced(unit)), key=len, reverse=True)
_COUNTER = re.compile(rf"\s?(?P<unit>{'|'.join(_COUNTERS)})|\s?(?P<other>[{UNSPACED}])")
_YEAR_BEFORE = re.compile(
    r"(?:\b(?:in|since|of|by|from|until|till|year|during|around|to|after|before|late|early|and|circa)|[(,–-])\s?\Z",
    re.IGNORECASE,
)
_MONTH_BEFORE = re.compile(
    r"\b(?:in|of|since|until|till|by|from|to|through|late|early|mid|last|next|during|between|and)[\s-]\Z",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"\b(?:passages?|sources?|documents?|references?|ref|steps?|sections?|chapters?|figures?|fig|tables?|pages?|"
    r"paragraphs?|questions?|options?|examples?|footnotes?|points?|answers?|methods?|parts?)"
    r"\s?#?(?:\d+(?:\s?(?:,|and|&|or|to|-|–)\s?(?:and\s)?(?:passage\s)?))*#?\Z|[#№]\s?\Z",
    re.IGNORECASE,
)
_LIST_MARKER = re.compile(r"(?:\A|[\n\r\u2028\u2029])[\s>*•#-]*\(?\Z")
_RANGE = re.compile(r"\s?(?:-|–|—|to|and|or)\s?", re.IGNORECASE)
_RANGE_OF_UNIT = re.compile(
    rf"\s?(?:-|–|to)\s?[\d.,]+\s?(?:{'|'.join(re.escape(unit) for unit in UNITS)})(?!\w)",
    re.IGNORECASE,
)
_CITATION = re.compile(r"\[\^?\d+(?:\s?[,;–-]\s?\d+)*\]")
_MONTHS_OF_A_YEAR = 12
_LONGEST_MONTH = 31
_STARS = f"of {key('stars')}"
_OUT_OF = re.compile(r"\s?(?:of\s)?(?:stars?\s)?(?:out\sof|/)\s?(?:a\spossible\s)?", re.IGNORECASE)
_RATES = re.compile(r"\b(?:rat(?:ed|es?|ings?)|scor(?:ed?|es|ing)|stars?)\b", re.IGNORECASE)
_ATTACHED = re.compile(rf"[^\W\d_{UNSPACED}]+")
_ADDRESS = re.compile(r"(?:https?://|www\.|\b[\w.]{1,64}@)\S*", re.IGNORECASE)


@lru_cache(maxsize=256)
def quantities(text: str) -> tuple[Quantity, ...]:
    """Return the values of the text in order.

    List markers, citation marks, "passage 2", and digits inside names, addresses and links are not values.
    """
    addresses = [match.span() for match in _ADDRESS.finditer(text)]
    found: list[Quantity] = []
    for match in _FOUND.finditer(text):
        if any(start <= match.start() < end for start, end in addresses):
            continue
        if (quantity := _read(text, match)) is not None:
            found.append(quantity)
    return tuple(_with_shared_units(text, _without_scales(text, found)))


def _without_scales(text: str, found: list[Quantity]) -> list[Quantity]:
    """Leave out what a rating is out of: the 5 of "4 out of 5 stars" says nothing; the 4 counts stars."""
    kept: list[Quantity] = []
    for value in found:
        last = kept[-1] if kept else None
        if last is not None and _is_scale(text, last, value):
            if value.measure == _STARS:
                kept[-1] = replace(last, measure=_STARS)
            continue
        kept.append(value)
    return kept


def _is_scale(text: str, rating: Quantity, most: Quantity) -> bool:
    between = _OUT_OF.fullmatch(text, rating.end, most.start)
    if between is None or rating.kind != "number" or most.value not in {5, 10, 100}:
        return False
    rated = _STARS in {rating.measure, most.measure}
    return rated or _RATES.search(text, max(0, rating.start - 32), most.end + 12) is not None


def _read(text: str, match: re.Match[str]) -> Quantity | None:
    shape = match.lastgroup or ""
    if shape == "number":
        return _number(text, match)
    if shape == "words":
        return _spelt(text, match)
    if shape in {"ampm", "clock", "halfday"}:
        return _time(match, shape)
    if shape == "easthuge":
        value = Quantity(*match.span(), "number", eastern_value(match.group()))
        return _with_unit(text, value, "")
    if shape in {"farday", "eastdate", "eastday"}:
        return _far_date(text, match, shape)
    if shape == "decade":
        century = int(match["dc"] or ("20" if match["dt"] in "012" else "19"))
        year = 100 * century + 10 * int(match["dt"])
        return Quantity(*match.span(), "date", float(year), "decade", date=(year, 0, 0, 0))
    return _date(text, match, shape)


def _number(text: str, match: re.Match[str]) -> Quantity | None:
    start, end = match.span()
    before = text[max(0, start - 48) : start]
    if (
        _is_part_of_name(text, start, end)
        or _REFERENCE.search(before)
        or _is_mark(text, start, end)
    ):
        return None
    value = written_value(match)
    if (
        match["fd"] in {"5", "10"}
        and not match["fw"]
        and _RATES.search(text, max(0, start - 32), end + 8)
    ):
        value = float(match["fn"])
    if match["nth"]:
        return Quantity(start, end, "number", value, spelt=True)
    plain = match["cur"] is None and match["scale"] is None
    if plain and match["n"] and re.fullmatch(_YEAR, match["n"]) and _is_year(text, before, end):
        return Quantity(start, end, "date", value, date=(int(value), 0, 0, 0))
    scale = match["scale"] or match["k"]
    if scale is not None and (match["k"] is None or match["cur"] or scale in "kK"):
        value *= SCALE_WORDS[scale.lower()]
    elif scale is not None:
        end = match.end("n")
    return _with_unit(text, Quantity(start, end, "number", value), (match["cur"] or "").lower())


def _is_year(text: str, before: str, end: int) -> bool:
    """Tell whether a number from 1400 to 2099 is a year: by the word before it, and no unit after it."""
    if _YEAR_BEFORE.search(before[-12:] or "(") is None:
        return False
    return _unit_after(text, end)[0] not in UNITS and _RANGE_OF_UNIT.match(text, end) is None


def _spelt(text: str, match: re.Match[str]) -> Quantity | None:
    if _REFERENCE.search(text[max(0, match.start() - 48) : match.start()]):
        return None
    quantity = Quantity(*match.span(), "number", spelt_value(match.group()), spelt=True)
    return _with_unit(text, quantity, "")


def _time(match: re.Match[str], shape: str) -> Quantity | None:
    if shape == "clock":
        return Quantity(*match.span(), "time", 60 * int(match["ch"]) + int(match["cm"]))
    if shape == "halfday":
        minutes = 0 if match.group().lower() == "midnight" else 720
        return Quantity(*match.span(), "time", minutes, measure="half known")
    if not 1 <= int(match["ah"]) <= 12:
        return None
    hour = int(match["ah"]) % 12 + (12 if match["ap"].lower() == "p" else 0)
    return Quantity(*match.span(), "time", 60 * hour + int(match["am"] or 0), measure="half known")


def _date(text: str, match: re.Match[str], shape: str) -> Quantity | None:
    start, end = match.span()
    if shape == "month":
        name = match.group()
        before = text[max(0, start - 10) : start]
        if not name[0].isupper() or (name in {"May", "March"} and not _MONTH_BEFORE.search(before)):
            return None
        return Quantity(start, end, "date", 0.0, date=(0, _month(name), 0, 0))
    if shape == "weekday":
        if not match.group()[0].isupper():
            return None
        return Quantity(
            start, end, "date", 0.0, date=(0, 0, 0, 1 + WEEKDAYS.index(match["w"].lower()))
        )
    if shape == "iso":
        date = (int(match["iy"]), int(match["im"]), int(match["id"]), 0)
    elif shape == "slash":
        year = int(match["sy"])
        first, second = int(match["sa"]), int(match["sb"])
        month, day = (second, first) if first > 12 else (first, second)
        date = (year + (2000 if year < 50 else 1900) if year < 100 else year, month, day, 0)
    elif shape == "monthday":
        date = (int(match["my"] or 0), _month(match["mm"]), int(match["md"]), 0)
    elif shape == "daymonth":
        if match["dm"].islower():
            return None
        date = (int(match["dy"] or 0), _month(match["dm"]), int(match["dd"]), 0)
    else:
        date = (int(match["yy"]), _month(match["ym"]), 0, 0)
    return Quantity(start, end, "date", 0.0, date=date) if _may_be(date) else None


def _far_date(text: str, match: re.Match[str], shape: str) -> Quantity | None:
    """A date as other languages write it."""
    start, end = match.span()
    if shape == "eastday":
        return Quantity(start, end, "date", 0.0, date=(0, 0, 0, WEEKDAY_OF[match["ew"]]))
    if shape == "eastdate":
        date = (int(match["ey"] or 0), int(match["em"]), int(match["ed"] or 0), 0)
    elif "." in match.group() and _LIST_MARKER.search(text[max(0, start - 16) : start]):
        return None
    else:
        date = (int(match["fdy"] or 0), MONTH_OF[match["fdm"].lower()], int(match["fdd"]), 0)
    return Quantity(start, end, "date", 0.0, date=date) if _may_be(date) else None


def _may_be(date: tuple[int, int, int, int]) -> bool:
    return date[1] <= _MONTHS_OF_A_YEAR and date[2] <= _LONGEST_MONTH


def _month(name: str) -> int:
    return 1 + [month[:3] for month in MONTHS].index(name[:3].lower())


def _with_unit(text: str, quantity: Quantity, currency: str) -> Quantity:
    if currency:
        measure, factor = UNITS[currency]
        return replace(quantity, measure=measure, factor=factor)
    word, end = _unit_after(text, quantity.end)
    if word in UNITS:
        measure, factor = UNITS[word]
        return replace(quantity, end=end, measure=measure, factor=factor)
    if not word or word in STOP_WORDS or word in SCALE_WORDS:
        return quantity
    return replace(quantity, end=end, measure=f"of {key(word)}")


def _unit_after(text: str, end: int) -> tuple[str, int]:
    """Return the word after the number in lower case, and where it ends; ("", end) if there is none."""
    if (counter := _COUNTER.match(text, end)) is not None:
        return counter["unit"] or counter["other"], counter.end() if counter["unit"] else end
    unit = _UNIT.match(text, end)
    if unit is None:
        return "", end
    word = (unit[1] or unit[2]).lower().replace(" ", "")
    if word in {"c", "f"} and unit.group()[-1:] in {"C", "F"}:
        return f"°{word}", unit.end()
    if word == "per" and text[unit.end() :].lstrip().lower().startswith("cent"):
        return "percent", text.lower().index("cent", unit.end()) + 4
    return word, unit.end()


def _is_part_of_name(text: str, start: int, end: int) -> bool:
    """Tell whether the digits belong to a word: "F-150", "COVID-19", "1080p"."""
    joined = start >= 2 and text[start - 1] in "-_/" and text[start - 2].isalpha()
    if joined and not text[max(0, start - 4) : start].lower().endswith(("-to-", "-or-")):
        return True
    attached = _ATTACHED.match(text, end)
    return (
        attached is not None
        and attached.group().lower() not in UNITS
        and attached.group() not in "CF"
    )


def _is_mark(text: str, start: int, end: int) -> bool:
    """Tell whether the number is a list marker or a citation mark."""
    after = text[end : end + 2]
    stops = after[:1] in {".", ")", ":"} and not after[1:].strip() and end - start <= 3
    if stops and _LIST_MARKER.search(text[max(0, start - 16) : start]):
        return True
    opened = text.rfind("[", max(0, start - 24), start)
    closed = text.find("]", end, end + 24)
    return opened >= 0 and closed >= 0 and _CITATION.fullmatch(text, opened, closed + 1) is not None


def _with_shared_units(text: str, found: list[Quantity]) -> list[Quantity]:
    """Give the first number of "5 to 7 days" the unit of the second."""
    shared = list(found)
    for i in range(len(shared) - 2, -1, -1):
        first, second = shared[i], shared[i + 1]
        open_number = first.kind == second.kind == "number" and not first.measure
        if open_number and _RANGE.fullmatch(text, first.end, second.start):
            shared[i] = replace(first, measure=second.measure, factor=second.factor)
    return shared
