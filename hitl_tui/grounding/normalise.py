"""Turns words into keys that compare equal when the words mean the same: case, endings, numbers, months."""

# A table of words reads better as text than as a list of strings.
# ruff: noqa: SIM905

from __future__ import annotations

import unicodedata
from functools import lru_cache

from hitl_tui.grounding.segment import WORD, is_unspaced
from hitl_tui.grounding.types import Span

_LONGEST_WORD = 64
_OF_THOUSANDS = 3

NUMBER_WORDS: dict[str, int] = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen".split()
    )
} | {
    word: 20 + 10 * step
    for step, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split())
}
SCALE_WORDS: dict[str, float] = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "lakh": 1e5, "crore": 1e7, "k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "लाख": 1e5,
    "millionen": 1e6, "mio": 1e6, "milliarde": 1e9, "milliarden": 1e9, "mrd": 1e9, "millions": 1e6,
    "milliard": 1e9, "milliards": 1e9, "millón": 1e6, "millones": 1e6,
}  # fmt: skip
_ORDINALS: dict[str, int] = {
    word: value
    for value, word in enumerate(
        "third fourth fifth sixth seventh eighth ninth tenth".split(), start=3
    )
}
MONTHS = (
    "january february march april may june july august september october november december".split()
)
_SHORT_MONTHS = {month[:3]: month for month in MONTHS} | {"sept": "september"}
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()

STOP_WORDS = frozenset(
    "a about above after again all also although am an and any are aren't as at be because been before being "
    "below between both but by can could did do does doing down during each either even for from further had "
    "has have having he her here hers him his how however i if in into is it it's its itself just let like "
    "may me might more most much must my no nor not of off often on once only or other our out over own "
    "per rather same she should so some such than that that's the their theirs them then there therefore these "
    "they this those though through thus to too under until up upon us very was we were what when where "
    "whether which while who whom whose why will with within without would yes yet you your "
    "der die das den dem des ein eine einer eines einem einen und oder aber nicht ist sind war wird werden "
    "mit von zu zum zur im auf für an als auch es sie er wir ihr dass sich bei nach aus um "
    "le la les un une des du et ou est sont dans pour par sur avec ne pas que qui ce cette il elle au aux "
    "el los las una y o es son en por con no se su del al lo que para como "
    "il lo gli uno di e è sono per non che si nel della del dei "
    "os as um uma é são em com não ao na "
    "het een en van niet op te zijn dat de "
    "के का की है हैं में से को और पर ने यह من في على إلى و أن هذا هذه التي".split()
)
"""Words that say nothing about what a clause is about; English first, then the commonest of others."""

FRAME_WORDS = frozenset(
    "according answer article based context contain describe detail discuss document explain give given "
    "indicate information mention note passage passages provide provided question reference say says "
    "source sources state states stated statement step steps text unable".split()
)
"""Words with which an output speaks about its sources instead of about the matter."""

AUTHOR_WORDS = frozenset(
    "one review reviews reviewer reviewers customer customers guest guests diner diners patron patrons client "
    "clients patient patients visitor visitors user users member members person someone another "
    "individual".split()
)
"""Words for those who wrote a source, "one reviewer", which the source itself does not have."""

_IRREGULAR = {
    form: base
    for base, forms in (
        line.split(" ", 1)
        for line in """use using used
take took taken
make made
find found
keep kept
give gave given
know knew known
child children
man men
woman women
foot feet
tooth teeth
buy bought
sell sold
build built
begin began begun
become became
come came
go went gone going
run ran
write wrote written
speak spoke spoken
choose chose chosen
grow grew grown
see saw seen
eat ate eaten
fall fell fallen
hold held
lead led
leave left
lose lost
mean meant
pay paid
send sent
spend spent
think thought
wear wore worn
win won
get got gotten
say said
life lives
day daily
half halves
leaf leaves
knife knives
add adding added
control controlled controlling
label labelled labelling
center centre centred centered
color colour coloured colored
labor labour""".splitlines()
    )
    for form in forms.split()
}
"""Forms of common words that no rule of endings brings together -> the word itself."""


@lru_cache(maxsize=65536)
def key(word: str) -> str:
    """Return the key of one word: case and accents folded, English endings cut, numbers by value."""
    folded = _folded(word)
    if folded[0].isdigit():
        return _number_key(folded)
    if (value := NUMBER_WORDS.get(folded, _ORDINALS.get(folded, 0))) > 1:
        return f"#{value}"
    if folded in _SHORT_MONTHS:
        return _SHORT_MONTHS[folded]
    stem = _stem(_IRREGULAR.get(folded, folded))
    return "note" if stem == "not" and folded != "not" else stem


def keys(words: list[str]) -> list[str]:
    """Return the keys of matches of `WORD`, in order; an unspaced run gives its pairs of characters."""
    found: list[str] = []
    for word in words:
        if word[0] >= "\u0e00" and is_unspaced(word):
            found += _pairs(word)
        else:
            found.append(key(word if len(word) <= _LONGEST_WORD else word[:_LONGEST_WORD]))
    return found


def placed_keys(text: str, span: Span) -> tuple[list[str], list[Span]]:
    """Return the keys within the range, and beside each the range of the characters it stands for."""
    found: list[str] = []
    places: list[Span] = []
    for match in WORD.finditer(text, *span):
        word, start = match.group(), match.start()
        if word[0] >= "\u0e00" and is_unspaced(word):
            pairs = _pairs(word)
            found += pairs
            places += [(start + i, start + i + len(pair)) for i, pair in enumerate(pairs)]
        else:
            found.append(key(word if len(word) <= _LONGEST_WORD else word[:_LONGEST_WORD]))
            places.append(match.span())
    return found, places


def prefix(word_key: str) -> str:
    """Return what two words of one family share ("prevention", "prevent"): the first five letters."""
    return word_key[:5]


def is_stop(word: str) -> bool:
    """Tell whether the word, as written, carries no matter of its own."""
    return word.lower() in STOP_WORDS


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def _folded(word: str) -> str:
    folded = word.casefold()
    if folded.isascii():
        return folded
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c)
    )
    return plain or folded


def _number_key(folded: str) -> str:
    digits = folded.rstrip("abcdefghijklmnopqrstuvwxyz")
    tail = folded[len(digits) :]
    if len(tail) <= 4:
        try:
            value = float(plain_digits(digits)) * (1000 if tail == "k" else 1)
        except ValueError:
            return folded
        return f"#{value:.12g}"
    return folded


def plain_digits(written: str) -> str:
    """Return a number as Python reads it: of "1,200" and "2,8" the comma parts thousands, or decimals."""
    head, comma, tail = written.rpartition(",")
    if comma and tail.isdigit() and len(tail) < _OF_THOUSANDS and head.isdigit():
        return f"{head}.{tail}"
    return written.replace(",", "")


def _stem(folded: str) -> str:
    if "'" in folded or "’" in folded:
        folded = folded.replace("’", "'").removesuffix("'s").replace("'", "") or folded
    if len(folded) <= 3:
        return folded
    stem = _without_plural(folded)
    for ending, shortest in (("ingly", 4), ("edly", 4), ("ing", 3), ("ed", 3), ("ly", 4)):
        if stem.endswith(ending) and len(stem) - len(ending) >= shortest:
            stem = stem[: -len(ending)]
            if stem[-1] == stem[-2] and stem[-1] not in "lsz":
                stem = stem[:-1]
            break
    if len(stem) > 3 and stem.endswith("e"):
        return stem[:-1]
    return stem[:-1] + "i" if len(stem) > 3 and stem.endswith("y") else stem


def _without_plural(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


AUTHOR_KEYS = frozenset(map(key, AUTHOR_WORDS))
"""The keys of the words for those who wrote a source."""
STOP_KEYS = STOP_WORDS | frozenset(map(key, STOP_WORDS))
"""The keys of the words that say nothing."""
