"""What stands where on the review screen: the lines and marks of a case, computed from values alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from hitl_tui.model.case import Case, Kind, Signal
from hitl_tui.model.text import Shown, message, reveal_line
from hitl_tui.queue.protocol import Connection
from hitl_tui.tui.desk import Item, seconds_left
from hitl_tui.tui.document import Document, Mark, Sign
from hitl_tui.tui.keymap import ACTION, ACTIONS, Action, keys_of
from hitl_tui.tui.kinds import View, answer_to, view_of
from hitl_tui.tui.menu import STRENGTHS, Menu
from hitl_tui.tui.paint import Piece, piece, shortened
from hitl_tui.tui.prepare import Prepared, Tie
from hitl_tui.tui.widgets.rows import Line
from hitl_tui.tui.wrap import wrap

if TYPE_CHECKING:
    from hitl_tui.grounding import Evidence, Flag, Grounding

SHORT_OF_TIME_S = 120.0
VALUE_LENGTH = 48
"""Code points of a value that is quoted in the reason line."""
SIGNALS_FROM_WIDTH = 100
SIGNALS_NAMED = 3
"""From how many columns the guardrails stand in the reason line, and how many of them at most."""
Key = Callable[[str], Shown]
"""Gives the key of an action, as it is remapped."""
_OWN = "▪"
"""In the gutter of a line in which the reviewer has marked something."""
_EDGES = 3
"""Cells of a line that are left free: before it, and between its left and its right part."""


class Looking(NamedTuple):
    """Where the reviewer's eye is in a case."""

    budget: float
    claim: int | None = None
    """Index of the current clause."""
    evidence: int = 0
    """Which of its evidences is in view."""
    revealed: bool = False
    folded: tuple[tuple[int, int], ...] = ()
    """Display ranges of the left pane that are not shown before they are revealed."""
    folded_right: bool = False
    """Whether the right pane is not shown either."""
    spans: tuple[tuple[int, int, str | None], ...] = ()
    """What the reviewer has marked: raw offsets of the output, and the label."""


# -- the current claim --------------------------------------------------------------------------------


def worst_claim(prepared: Prepared, budget: float) -> int | None:
    """The clause that the eye should go to first: one with a flag before the highest score."""
    return next(iter(prepared.marked(budget).worst), None)


def step_claim(
    prepared: Prepared, looking: Looking, step: int, *, severity: bool = False
) -> int | None:
    """The next (+1) or previous (-1) marked clause, around the ends: by its place, or worst first."""
    marked = prepared.marked(looking.budget)
    order = marked.worst if severity else marked.places
    if not order:
        return None
    found = None
    if looking.claim is not None:
        find = marked.worse if severity else marked.beside
        found = find(looking.claim, step)
    if found is None:
        return order[0] if step > 0 else order[-1]
    return found


def evidence_of(prepared: Prepared, looking: Looking) -> Evidence | None:
    """The place in the sources that belongs to the current claim: where the value differs, if known."""
    if looking.claim is None:
        return None
    found = _evidences(prepared, looking.claim)
    return found[looking.evidence % len(found)] if found else None


def _evidences(prepared: Prepared, claim: int) -> list[Evidence]:
    clause = prepared.grounding.clauses[claim]
    differing = [flag.source for flag in _flags(prepared, claim) if flag.source]
    return [*clause.evidence, *differing] if clause.evidence else differing


def _flags(prepared: Prepared, claim: int) -> Sequence[Flag]:
    return prepared.flags.get(claim, ())


# -- marks on the texts -------------------------------------------------------------------------------


def output_marks(
    prepared: Prepared, looking: Looking, start: int = 0, end: int = sys.maxsize
) -> tuple[list[Mark], list[Sign]]:
    """Marks and gutter signs of the output: number, `!` flag, `?` not found, the current one strongest.

    With display offsets only those that touch the text between them; the cost is that of what is there.
    """
    clauses, marked = prepared.grounding.clauses, prepared.marked(looking.budget)
    marks: list[Mark] = []
    signs: list[Sign] = []
    if looking.revealed and prepared.view.spans:
        marks.extend(prepared.signals_by_place.between(start, end))
    near = {number for *_, number in prepared.clauses_by_place.between(start, end)}
    near.update(number for *_, number in prepared.flags_by_place.between(start, end))
    for number in sorted(near):
        clause = clauses[number]
        span = prepared.left.locate(0, clause.start, clause.end)
        flags = _flags(prepared, number)
        now = number == looking.claim
        if now and flags:
            marks.append(Mark(*span, "clause-now"))
        elif now:
            marks.append(Mark(*span, "doubt-now"))
        elif number in marked and not flags:
            marks.append(Mark(*span, "doubt"))
        for flag in flags:
            place = prepared.left.locate(0, flag.start, flag.end)
            marks.append(Mark(*place, "flag-now" if now else "flag"))
        own = any(first < clause.end and last > clause.start for first, last, _ in looking.spans)
        sign = _sign(number in marked, flags)
        word = f"{_OWN if own else ' '}{number + 1}{sign}"
        signs.append(Sign(span[0], Shown(word), "look" if sign or own else "faint"))
    for first, last, _ in looking.spans:
        span = prepared.left.locate(0, first, last)
        marks.append(Mark(*span, "span"))
        signs.append(Sign(span[0], Shown(_OWN), "look"))
    marks.extend(prepared.left.alarms.between(start, end))
    marks.extend(Mark(*span, "folded") for span in looking.folded if span[0] < end)
    return marks, signs


def folds(case: Case, names: Collection[str], left: Document) -> tuple[tuple[int, int], ...]:
    """What of the left pane is folded: where a signal of these names points, or all of it.

    A signal counts by its name or its label; a tag, or a signal without spans, folds every text.
    """
    if folds_all(case, names):
        return tuple((region.start, region.end) for region in left.regions)
    spans = (span for signal in _folding(case, names) for span in signal.spans)
    return tuple(left.locate(0, *span) for span in spans)


def folds_all(case: Case, names: Collection[str]) -> bool:
    """Whether every text of the case is folded, not only what signals point at."""
    return not set(names).isdisjoint(case.tags) or any(
        not signal.spans or not view_of(case.kind).spans for signal in _folding(case, names)
    )


def _folding(case: Case, names: Collection[str]) -> list[Signal]:
    return [one for one in case.signals if one.name in names or one.label in names]


def claim_at(prepared: Prepared, pane: str, offset: int) -> int | None:
    """The clause whose text, or whose nearest evidence, stands at a display offset of a pane."""
    here: list[Tie] = []
    if pane == "output":
        here = prepared.clauses_by_place.between(offset, offset + 1)
    elif pane == "sources" and prepared.right_is == "sources":
        here = prepared.evidence_by_place.between(offset, offset + 1)
    return min((number for *_, number in here), default=None)


def _sign(marked: bool, flags: Sequence[Flag]) -> str:
    if flags:
        return "!"
    return "?" if marked else ""


def source_marks(
    prepared: Prepared, looking: Looking, start: int = 0, end: int = sys.maxsize
) -> tuple[list[Mark], list[Sign]]:
    """Marks and signs of the sources: each line that carries evidence has its claim's number.

    With display offsets only those that touch the text between them; the cost is that of what is there.
    """
    document = prepared.right
    marks: list[Mark] = []
    signs: list[Sign] = []
    if looking.folded_right:
        return [Mark(region.start, region.end, "folded") for region in document.regions], signs
    marks.extend(document.alarms.between(start, end))
    if prepared.right_is != "sources":
        return marks, signs
    current = looking.claim
    if current is not None:
        signs += _evidence_signs(prepared, current)
    here = prepared.evidence_by_place.between(start, end)
    for first, _, number in sorted(here, key=lambda tie: tie[2]):
        signs.append(Sign(first, message(" {number}", number=number + 1), "link"))
    for first, last, number in prepared.marked(looking.budget).evidence.between(start, end):
        if number != current:
            marks.append(Mark(first, last, "evidence"))
    place = evidence_of(prepared, looking)
    if place is not None and current is not None:
        marks.append(Mark(*document.locate(place.passage, place.start, place.end), "evidence-now"))
        for flag in _flags(prepared, current):
            if flag.source:
                span = document.locate(flag.source.passage, flag.source.start, flag.source.end)
                marks.append(Mark(*span, "differs"))
    return marks, signs


def _evidence_signs(prepared: Prepared, claim: int) -> list[Sign]:
    places = prepared.grounding.clauses[claim].evidence[:1]
    word = message(" {number}", number=claim + 1)
    located = (prepared.right.locate(one.passage, one.start, one.end) for one in places)
    return [Sign(start, word, "link") for start, _ in located]


# -- lines --------------------------------------------------------------------------------------------


def bar_line(
    where: Shown,
    item: Item | None,
    pool: Shown,
    position: tuple[int, int] | None,
    waiting: int | None,
    reviewer: str,
    connection: Connection,
    width: int,
) -> Line:
    """The top line: queue and pool, place in the batch, what waits, the clock, who, whether online."""
    left: list[Piece] = [piece("hitl", "strong"), piece("  "), (where, "dim")]
    if item is not None:
        left += [piece(" › ", "faint"), (pool, "text"), piece("   ")]
    if item is not None and position is not None:
        left += [piece(str(position[0]), "strong"), piece(f"/{position[1]}", "dim")]
    if item is not None and (remaining := seconds_left(item)) is not None:
        late = remaining < SHORT_OF_TIME_S
        left += [piece("   "), piece(clock_words(remaining), "look-strong" if late else "dim")]
    if waiting is not None:
        left += [piece(f"   {waiting:,} waiting", "dim")]
    right = [(reveal_line(reviewer, 20), "dim"), piece("  ")] if width >= 60 else []
    trouble = connection.online is False or connection.parked > 0
    light = piece("○ ", "look-strong") if connection.online is False else piece("● ", "link")
    words = (connection_words(connection), "look-strong" if trouble else "dim")
    return Line(left, [*right, light, words, piece(" ")])


def connection_words(connection: Connection) -> Shown:
    """`local`, `online`, `offline · 3 unsent · 1 refused`."""
    if connection.online is None:
        return Shown("local")
    words = Shown("online" if connection.online else "offline")
    if connection.unsent:
        words = message("{words} · {n} unsent", words=words, n=connection.unsent)
    if connection.parked:
        words = message("{words} · {n} refused", words=words, n=connection.parked)
    return words


def clock_words(seconds: float) -> str:
    """`SLA 03:12`, `SLA 2h05`, or `late 00:31`."""
    whole = int(abs(seconds))
    word = "late" if seconds < 0 else "SLA"
    if whole >= 3600:
        return f"{word} {whole // 3600}h{whole % 3600 // 60:02}"
    return f"{word} {whole // 60:02}:{whole % 60:02}"


def output_title(prepared: Prepared, looking: Looking, focused: bool, key: Key) -> Line:
    """`Output  gpt-4o   3 to check   claim 2/6`."""
    marked = prepared.marked(looking.budget).places
    left = [*_title(prepared.titles[0], focused)]
    if prepared.case.model and prepared.case.kind == "response":
        left += [piece("  "), (reveal_line(prepared.case.model, 24), "dim")]
    if marked:
        left += [piece("   "), piece(f"{len(marked)} to check", "look")]
    if looking.claim is not None:
        left += [piece("   claim ", "faint"), piece(str(looking.claim + 1), "strong")]
        left += [piece(f"/{len(prepared.grounding.clauses)}", "faint")]
    if any(region.revealed.alarms for region in prepared.left.regions):
        left += [piece("   "), piece("! hidden characters", "look-strong")]
    if looking.folded:
        words = message("folded · {key} shows it", key=key("reveal"))
        left += [piece("   "), (words, "look")]
    return Line(left)


def edit_title(what: str, checked: tuple[str, Grounding] | None, budget: float) -> Line:
    """`Edit output   2 to check   number differs 60 days`: what the text as it stands now has to check."""
    left = [*_title(f"Edit {what}", focused=True)]
    if checked is None:
        return Line(left)
    text, grounding = checked
    count = len(grounding.marked(budget))
    if grounding.note:
        return Line([*left, piece(f"   no marks: {grounding.note}", "dim")])
    if not count:
        return Line([*left, piece("   nothing stands out now, which is no proof", "dim")])
    left += [piece("   "), piece(f"{count} to check", "look")]
    for flag in grounding.flags[:1]:
        value = reveal_line(text[flag.start : flag.end], VALUE_LENGTH)
        left += [piece(f"   {flag.note} ", "strong"), (value, "text")]
    return Line(left)


def right_title(prepared: Prepared, passage: int, focused: bool) -> Line:
    """`Sources  2/5  Returns policy`, or `Conversation  7 turns`."""
    alarms = any(region.revealed.alarms for region in prepared.right.regions)
    warning = [piece("   "), piece("! hidden characters", "look-strong")] if alarms else []
    if prepared.right_is == "conversation":
        turns = len(prepared.case.input)
        head = _title(prepared.titles[1], focused)
        return Line([*head, piece(f"  {turns} turns", "dim"), *warning])
    if prepared.right_is != "sources":
        return Line([*_title(prepared.titles[1], focused), *warning])
    passages = prepared.case.context
    here = passages[min(passage, len(passages) - 1)]
    name = reveal_line(here.title or here.id or "", 40)
    left = [*_title("Sources", focused), piece(f"  {passage + 1}/{len(passages)}  ", "dim")]
    left += [(name, "dim"), *warning]
    return Line(left)


def difference_title(focused: bool, key: Key) -> Line:
    """`Difference  d back`."""
    left = [*_title("Difference", focused), piece("   "), (key("diff"), "key")]
    return Line([*left, piece(" back", "dim")])


def _title(words: str, focused: bool) -> list[Piece]:
    return [piece("▌" if focused else " ", "link"), piece(words, "head" if focused else "dim")]


def reason_line(prepared: Prepared, looking: Looking, width: int, key: Key) -> Line:
    """Why the current claim is marked, in words, with the two values; at the right why the case is here."""
    left = _reason_pieces(prepared, looking, key)
    if width < SIGNALS_FROM_WIDTH:
        return Line(left)
    room = width - _EDGES - sum(cell_len(text) for text, _ in left)
    return Line(left, signals_within(room, prepared.case.signals, looking.revealed, key))


def _reason_pieces(prepared: Prepared, looking: Looking, key: Key) -> list[Piece]:
    if looking.folded:
        return [piece("folded: ", "look"), (key("reveal"), "key"), piece(" shows the text", "dim")]
    if looking.claim is None:
        before, named, after = _nothing_marked(prepared).partition("{diff}")
        if named:
            return [piece(before, "dim"), (key("diff"), "key"), piece(after, "dim")]
        return [piece(before, "dim")]
    clause = prepared.grounding.clauses[looking.claim]
    flags = _flags(prepared, looking.claim)
    number = piece(f"{looking.claim + 1}{_sign(True, flags)} ", "look-strong")
    if not flags:
        words = clause.reasons[0] if clause.reasons else "little of it is in the sources"
        return [number, (reveal_line(words), "strong")]
    flag = flags[0]
    left: list[Piece] = [number, piece(flag.note, "strong"), piece("  output ", "dim")]
    output = prepared.case.output or ""
    left.append((reveal_line(output[flag.start : flag.end], VALUE_LENGTH), "strong"))
    if flag.source:
        text = prepared.case.context[flag.source.passage].text
        value = reveal_line(text[flag.source.start : flag.source.end], VALUE_LENGTH)
        left += [piece(" · source ", "dim"), (value, "strong")]
    if len(flags) > 1:
        left.append(piece(f"  and {len(flags) - 1} more", "dim"))
    return left


def _nothing_marked(prepared: Prepared) -> str:
    if prepared.case.kind != "response":
        return prepared.grounding.note
    if not prepared.case.output:
        return "the output is empty"
    if not prepared.passages:
        return "no marks: no sources"
    if not prepared.compared:
        return "the output is being compared with its sources …"
    if prepared.grounding.note:
        return f"no marks: {prepared.grounding.note}"
    return "no claim stands out: the wording is in the sources, which is no proof"


def signals_within(room: int, signals: Sequence[Signal], revealed: bool, key: Key) -> list[Piece]:
    """Why the case is here in at most `room` cells: the fewer names the less room there is, or nothing.

    What the marks say comes first; the names of the guardrails give way to it, and are never cut.
    """
    for names, hint in ((SIGNALS_NAMED, True), (SIGNALS_NAMED, False), (1, True), (1, False)):
        pieces = signal_pieces(signals, revealed, names, key("reveal") if hint else None)
        if sum(cell_len(text) for text, _ in pieces) <= room:
            return pieces
    return []


def all_scores_stand(prepared: Prepared, looking: Looking, width: int, key: Key) -> bool:
    """Whether the reason line shows every signal of the case with its score."""
    signals = prepared.case.signals
    stands = reason_line(prepared, looking, width, key).right
    return bool(stands) and stands == signal_pieces(signals, True, len(signals))


def signal_pieces(
    signals: Sequence[Signal], revealed: bool, names: int, reveal_key: Shown | None = None
) -> list[Piece]:
    """`why here grounding · toxicity and 2 more · score hidden, v shows it`: the first `names` signals.

    Once `revealed` each has its score. `reveal_key` is the key that shows them, if it is to be named.
    """
    if not signals:
        return []
    pieces: list[Piece] = [piece("why here ", "dim")]
    for at, signal in enumerate(signals[:names]):
        pieces += [piece(" · ", "faint")] if at else []
        pieces.append((reveal_line(signal.name, 24), "text"))
        if revealed and signal.score is not None:
            limit = f" of {signal.threshold:g}" if signal.threshold is not None else ""
            pieces.append(piece(f" {signal.score:g}{limit}", "strong"))
    if len(signals) > names:
        pieces.append(piece(f" and {len(signals) - names} more", "dim"))
    if reveal_key and not revealed:
        pieces += [piece(" · score hidden, ", "faint"), (reveal_key, "key")]
        pieces.append(piece(" shows it", "faint"))
    return [*pieces, piece(" ")]


def rationale_line(item: Item, key: str, view: View) -> Line:
    """What was written so far, or how to write it; what else goes out with the verdict."""
    right: list[Piece] = []
    if item.spans:
        right.append(piece(f"{len(item.spans)} marked  ", "look"))
    if view.strength:
        right.append(piece("how clear: ", "faint"))
        right.append(piece(STRENGTHS.get(item.strength or 0, "not said"), "strong"))
        right.append(piece(" "))
    if item.rationale:
        return Line([piece(f"{key} ", "key"), (reveal_line(item.rationale, 400), "text")], right)
    return Line([piece(f"{key} ", "key"), piece("rationale …", "faint")], right)


def fits_a_notice(words: Shown, width: int) -> bool:
    """Whether a notice that needs no sign says all of it."""
    return len(wrap(words, width - 1)) <= NOTICE_LINES


def notice_lines(words: Shown, style: str, width: int) -> list[Line]:
    """What is said for a moment; what must not be missed has a sign, and an error of the program is bold."""
    sign = "! " if style in _URGENT else ""
    room = width - 1 - len(sign)
    lines = wrap(words, room)
    pieces = [Shown(words[a:b]) for a, b in zip(lines.starts, lines.ends, strict=True)]
    if len(pieces) > NOTICE_LINES:
        at = NOTICE_LINES - 1
        pieces = [*pieces[:at], shortened(Shown(words[lines.starts[at] :]), room)]
    lead = [sign, *[" " * len(sign)] * (len(pieces) - 1)]
    return [
        Line([piece(before, style), (text, style)])
        for before, text in zip(lead, pieces, strict=True)
    ]


NOTICE_LINES = 3
"""Lines that a notice may take."""
_URGENT = frozenset({"look", "error"})
_WITHOUT_A_CASE = frozenset({"undo", "history", "overview", "my-day", "quit"})
_EVERY_CASE = frozenset({"skip", "snooze", "undo"})
_REST = 2
FIELD_KEYS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "edit": (("F2", "save and decide"), ("escape", "leave, the draft is kept")),
    "rationale": (("enter", "keep the rationale"), ("escape", "back")),
    "search": (("enter", "search"), ("escape", "back")),
}
"""Mode -> what its keys do."""


def note_keys(decision: str) -> Line:
    """The keys of a note that is the reason of a decision."""
    return key_line(("enter", f"{decision} with this note"), ("escape", "back"))


def labelled(action: Action, kind: Kind | None, *, short: bool = False) -> str | None:
    """What an action is called on a case of this kind; None when it decides nothing there."""
    if kind is None or action.id in _EVERY_CASE or action.group != "decide":
        return (action.short if short else "") or action.label
    answer = answer_to(kind, action.id)
    if answer is None:
        return None
    return (answer.short if short else "") or answer.label


class _Hint(NamedTuple):
    """A key with its label, and how little it matters: 0 decides, 1 is for every case, 2 is the rest."""

    keys: Shown
    label: str
    rank: int

    @property
    def cells(self) -> int:
        return cell_len(self.keys) + len(self.label) + 3


def hints(keymap: Mapping[str, Action], width: int, prepared: Prepared | None) -> Line:
    """The keys that matter now with their labels, whole, and the key of the help at the right.

    Where they do not all fit, the labels get shorter before a key that decides, skips or undoes is left
    out; of the others as many are shown as there is room for. `prepared` is the case at hand, None without one.
    """
    kind = None if prepared is None else prepared.case.kind
    actions = _hinted(prepared)
    for short in (False, True):
        found = [_hint(keymap, action, kind, short=short) for action in actions]
        known = _merged([hint for hint in found if hint is not None])
        help_ = _hint(keymap, ACTION["help"], kind, short=short)
        right = [(help_.keys, "key"), piece(f" {help_.label} ", "dim")] if help_ else []
        room = width - _EDGES - sum(cell_len(text) for text, _ in right)
        if sum(hint.cells for hint in known if hint.rank < _REST) <= room:
            break
    left: list[Piece] = []
    shown = _fitting(known, room)
    for hint in shown:
        left += [(hint.keys, "key"), piece(f" {hint.label}  ", "dim")]
    return Line(left, right)


def _hinted(prepared: Prepared | None) -> list[Action]:
    if prepared is None:
        return [action for action in ACTIONS if action.id in _WITHOUT_A_CASE]
    useless = {"help"}
    if not prepared.grounding.clauses:
        useless.add("next-claim")
    if prepared.change is None:
        useless.add("diff")
    return [action for action in ACTIONS if action.hint and action.id not in useless]


def _hint(
    keymap: Mapping[str, Action], action: Action, kind: Kind | None, *, short: bool
) -> _Hint | None:
    keys, label = keys_of(keymap, action.id), labelled(action, kind, short=short)
    if not keys or not label:
        return None
    rank = _REST if action.group != "decide" else 1 if action.id in _EVERY_CASE else 0
    return _Hint(reveal_line(keys[0]), label, rank)


def _merged(known: Sequence[_Hint]) -> list[_Hint]:
    """Neighbours with one label become one hint: `1 2 better`."""
    merged: list[_Hint] = []
    for hint in known:
        if merged and merged[-1].label == hint.label:
            keys = message("{one} {other}", one=merged[-1].keys, other=hint.keys)
            merged[-1] = hint._replace(keys=keys)
        else:
            merged.append(hint)
    return merged


def _fitting(known: Sequence[_Hint], room: int) -> list[_Hint]:
    """What fits of it, what matters most first, in the order in which it was."""
    chosen = set()
    for at in sorted(range(len(known)), key=lambda at: known[at].rank):
        if known[at].cells <= room:
            room -= known[at].cells
            chosen.add(at)
    return [hint for at, hint in enumerate(known) if at in chosen]


MOST_KEYS_SHOWN = 9
"""Characters of the keys of a menu that are named one by one."""


def menu_keys(menu: Menu) -> Line:
    """What a menu asks, and how to leave it."""
    keys = " ".join(option.key for option in menu.options)
    shown = keys if len(keys) <= MOST_KEYS_SHOWN else "1-9 …"
    pairs = [(shown, menu.verb)]
    pairs += [("enter", "write a note")] if menu.note else []
    if menu.again is not None and any(option.value == menu.again for option in menu.options):
        pairs.append((".", f"again {reveal_line(menu.again, 20)}"))
    return Line(key_line(*pairs).left, [piece("escape", "key"), piece(" back ", "dim")])


MARKING_KEYS = (
    ("enter", "mark it"),
    ("h l", "a word"),
    ("j k", "a line"),
    ("o", "other end"),
    ("x", "unmark"),
    ("y", "copy"),
)
"""What the keys do while a stretch is chosen, in the order in which they give way to a narrow screen."""


def marking_keys(width: int) -> Line:
    """The keys that choose a stretch, as many as fit whole, and how to leave."""
    right = [piece("escape", "key"), piece(" back ", "dim")]
    used = _EDGES + sum(cell_len(text) for text, _ in right)
    fitting: list[tuple[str, str]] = []
    for key, words in MARKING_KEYS:
        used += len(key) + len(words) + 3
        if used <= width:
            fitting.append((key, words))
    return Line(key_line(*fitting).left, right)


def key_line(*pairs: tuple[str, str]) -> Line:
    """Keys of a mode with what they do."""
    left: list[Piece] = []
    for key, words in pairs:
        left += [(reveal_line(key), "key"), (reveal_line(f" {words}  "), "dim")]
    return Line(left)
