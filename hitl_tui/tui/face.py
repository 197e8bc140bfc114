"""What stands where on the review screen: the lines and marks of a case, computed from values alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from hitl_tui.config.settings import Reason
from hitl_tui.grounding import Evidence, Flag
from hitl_tui.model.case import Signal
from hitl_tui.model.text import Shown, message, reveal_line
from hitl_tui.queue.protocol import Connection
from hitl_tui.tui.desk import Item, seconds_left
from hitl_tui.tui.document import Mark, Sign
from hitl_tui.tui.keymap import ACTIONS, Action, keys_of
from hitl_tui.tui.paint import Piece, piece
from hitl_tui.tui.prepare import Prepared
from hitl_tui.tui.widgets.rows import Line

SHORT_OF_TIME_S = 120.0
VALUE_LENGTH = 48
"""Code points of a value that is quoted in the reason line."""


@dataclass(frozen=True, slots=True)
class Looking:
    """Where the reviewer's eye is in a case."""

    budget: float
    claim: int | None = None
    """Index of the current clause."""
    evidence: int = 0
    """Which of its evidences is in view."""
    revealed: bool = False


# -- the current claim --------------------------------------------------------------------------------


def worst_claim(prepared: Prepared, budget: float) -> int | None:
    """The clause that the eye should go to first: one with a flag before the highest score."""
    marked = prepared.grounding.marked(budget)
    clauses = prepared.grounding.clauses
    return min(marked, key=lambda i: (i not in prepared.flags, -clauses[i].score, i), default=None)


def step_claim(prepared: Prepared, looking: Looking, step: int) -> int | None:
    """The next (+1) or previous (-1) marked clause in the order of the text, around the ends."""
    marked = prepared.grounding.marked(looking.budget)
    if not marked:
        return None
    if looking.claim is None:
        return marked[0] if step > 0 else marked[-1]
    behind = [i for i in marked if (i > looking.claim if step > 0 else i < looking.claim)]
    if behind:
        return behind[0] if step > 0 else behind[-1]
    return marked[0] if step > 0 else marked[-1]


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


def output_marks(prepared: Prepared, looking: Looking) -> tuple[list[Mark], list[Sign]]:
    """Marks and gutter signs of the output: number, `!` flag, `?` not found, the current one strongest."""
    revealed, grounding = prepared.output, prepared.grounding
    marked = set(grounding.marked(looking.budget))
    marks: list[Mark] = []
    signs: list[Sign] = []
    for number, clause in enumerate(grounding.clauses):
        span = revealed.span_to_display(clause.start, clause.end)
        flags = _flags(prepared, number)
        now = number == looking.claim
        if now and flags:
            marks.append(Mark(*span, "clause-now"))
        elif now:
            marks.append(Mark(*span, "doubt-now"))
        elif number in marked and not flags:
            marks.append(Mark(*span, "doubt"))
        for flag in flags:
            place = revealed.span_to_display(flag.start, flag.end)
            marks.append(Mark(*place, "flag-now" if now else "flag"))
        word = message(" {number}{sign}", number=number + 1, sign=_sign(number in marked, flags))
        signs.append(Sign(span[0], word, "look" if number in marked or flags else "faint"))
    if looking.revealed:
        for signal in prepared.case.signals:
            marks.extend(Mark(*revealed.span_to_display(*span), "flag") for span in signal.spans)
    marks.extend(
        Mark(*revealed.span_to_display(alarm.start, alarm.end), "alarm")
        for alarm in revealed.alarms
    )
    return marks, signs


def _sign(marked: bool, flags: Sequence[Flag]) -> str:
    if flags:
        return "!"
    return "?" if marked else ""


def source_marks(prepared: Prepared, looking: Looking) -> tuple[list[Mark], list[Sign]]:
    """Marks and signs of the sources: each line that carries evidence has its claim's number."""
    document, grounding = prepared.right, prepared.grounding
    marks: list[Mark] = []
    signs: list[Sign] = []
    if prepared.right_is != "sources":
        return marks, signs
    marked = set(grounding.marked(looking.budget))
    current = looking.claim
    order = [] if current is None else [current]
    order += [number for number in range(len(grounding.clauses)) if number != current]
    for number in order:
        evidence = grounding.clauses[number].evidence[:1]
        for place in evidence:
            span = document.locate(place.passage, place.start, place.end)
            signs.append(Sign(span[0], message(" {number}", number=number + 1), "link"))
            if number in marked and number != current:
                marks.append(Mark(*span, "evidence"))
    here = evidence_of(prepared, looking)
    if here is not None and current is not None:
        marks.append(Mark(*document.locate(here.passage, here.start, here.end), "evidence-now"))
        for flag in _flags(prepared, current):
            if flag.source:
                span = document.locate(flag.source.passage, flag.source.start, flag.source.end)
                marks.append(Mark(*span, "differs"))
    for region in document.regions:
        marks.extend(
            Mark(region.start + start, region.start + end, "alarm")
            for start, end in (
                region.revealed.span_to_display(alarm.start, alarm.end)
                for alarm in region.revealed.alarms
            )
        )
    return marks, signs


# -- lines --------------------------------------------------------------------------------------------


def bar_line(
    where: Shown,
    item: Item | None,
    pool: Shown,
    position: tuple[int, int],
    waiting: int | None,
    reviewer: str,
    connection: Connection,
    width: int,
) -> Line:
    """The top line: queue and pool, place in the batch, what waits, the clock, who, whether online."""
    left: list[Piece] = [piece("hitl", "strong"), piece("  "), (where, "dim")]
    if item is not None:
        left += [piece(" › ", "faint"), (pool, "text"), piece("   ")]
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


def output_title(prepared: Prepared, looking: Looking, focused: bool) -> Line:
    """`Output  gpt-4o   3 to check   claim 2/6`."""
    marked = prepared.grounding.marked(looking.budget)
    left = [*_title("Output", focused)]
    if prepared.case.model:
        left += [piece("  "), (reveal_line(prepared.case.model, 24), "dim")]
    if marked:
        left += [piece("   "), piece(f"{len(marked)} to check", "look")]
    if looking.claim is not None:
        left += [piece("   claim ", "faint"), piece(str(looking.claim + 1), "strong")]
        left += [piece(f"/{len(prepared.grounding.clauses)}", "faint")]
    if prepared.output.alarms:
        left += [piece("   "), piece("! hidden characters", "look-strong")]
    return Line(left)


def right_title(prepared: Prepared, passage: int, focused: bool) -> Line:
    """`Sources  2/5  Returns policy`, or `Conversation  7 turns`."""
    if prepared.right_is == "conversation":
        turns = len(prepared.case.input)
        return Line([*_title("Conversation", focused), piece(f"  {turns} turns", "dim")])
    passages = prepared.case.context
    here = passages[min(passage, len(passages) - 1)]
    name = reveal_line(here.title or here.id or "", 40)
    left = [*_title("Sources", focused), piece(f"  {passage + 1}/{len(passages)}  ", "dim")]
    left.append((name, "dim"))
    if any(revealed.alarms for revealed in prepared.passages):
        left += [piece("   "), piece("! hidden characters", "look-strong")]
    return Line(left)


def _title(words: str, focused: bool) -> list[Piece]:
    return [piece("▌" if focused else " ", "link"), piece(words, "head" if focused else "dim")]


def reason_line(prepared: Prepared, looking: Looking, width: int) -> Line:
    """Why the current claim is marked, in words, with the two values; at the right why the case is here."""
    right = signal_pieces(prepared.case.signals, looking.revealed) if width >= 100 else []
    if looking.claim is None:
        return Line([piece(_nothing_marked(prepared), "dim")], right)
    clause = prepared.grounding.clauses[looking.claim]
    flags = _flags(prepared, looking.claim)
    number = piece(f"{looking.claim + 1}{_sign(True, flags)} ", "look-strong")
    if not flags:
        words = clause.reasons[0] if clause.reasons else "little of it is in the sources"
        return Line([number, (reveal_line(words), "strong")], right)
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
    return Line(left, right)


def _nothing_marked(prepared: Prepared) -> str:
    if prepared.grounding.note:
        return f"no marks: {prepared.grounding.note}"
    if not prepared.passages:
        return "no marks: there are no sources to compare with"
    return "no claim stands out: the wording was found in the sources, which is no proof"


def signal_pieces(signals: Sequence[Signal], revealed: bool) -> list[Piece]:
    """`why here  grounding: unsupported · score hidden, v shows it`."""
    if not signals:
        return []
    pieces: list[Piece] = [piece("why here ", "dim")]
    for at, signal in enumerate(signals[:3]):
        words = message("{name}", name=reveal_line(signal.name, 24))
        pieces += [piece(" · ", "faint")] if at else []
        pieces.append((words, "text"))
        if revealed and signal.score is not None:
            limit = f" of {signal.threshold:g}" if signal.threshold is not None else ""
            pieces.append(piece(f" {signal.score:g}{limit}", "strong"))
    if not revealed:
        pieces += [piece(" · score hidden, ", "faint"), piece("v", "key")]
        pieces.append(piece(" shows it", "faint"))
    return [*pieces, piece(" ")]


def rationale_line(item: Item, key: str) -> Line:
    """What was written so far, or how to write it."""
    if item.rationale:
        return Line([piece(f"{key} ", "key"), (reveal_line(item.rationale, 400), "text")])
    return Line([piece(f"{key} ", "key"), piece("rationale …", "faint")])


WITHOUT_A_CASE = frozenset({"undo", "help", "quit"})


def hints(keymap: Mapping[str, Action], width: int, *, at_hand: bool) -> Line:
    """The keys that matter now with their labels, as many as fit whole; all keys at the right."""
    wanted = [a for a in ACTIONS if (a.hint if at_hand else a.id in WITHOUT_A_CASE)]
    shown = [(action, keys_of(keymap, action.id)) for action in wanted]
    pairs = [(reveal_line(keys[0]), action) for action, keys in shown if keys]
    right: list[Piece] = []
    for key, action in pairs:
        if action.id == "help":
            right = [(key, "key"), piece(f" {action.label} ", "dim")]
    left: list[Piece] = []
    used = 2 + sum(cell_len(text) for text, _ in right)
    for key, action in pairs:
        used += cell_len(key) + len(action.label) + 3
        if action.id == "help" or used > width:
            continue
        left += [(key, "key"), piece(f" {action.label}  ", "dim")]
    return Line(left, right)


def key_line(*pairs: tuple[str, str]) -> Line:
    """Keys of a mode with what they do."""
    left: list[Piece] = []
    for key, words in pairs:
        left += [(reveal_line(key), "key"), (reveal_line(f" {words}  "), "dim")]
    return Line(left)


ROOM_FOR_ALL_REASONS = 100


def reason_menu(reasons: Sequence[Reason], width: int) -> list[Line]:
    """The reasons with their digits, in as many columns as the width takes."""
    entries = [(reason.key, reveal_line(reason.text)) for reason in reasons if reason.key]
    if not entries:
        return [
            Line([piece("no reason has a key; [[labels.reason]] in hitl.toml gives them", "dim")])
        ]
    if width < ROOM_FOR_ALL_REASONS:
        most = (width - 2) // 2 - 6
        entries = [(key, reveal_line(text, most)) for key, text in entries]
    for columns in (3, 2, 1):
        depth = -(-len(entries) // columns)
        table = [entries[at : at + depth] for at in range(0, len(entries), depth)]
        widths = [max(cell_len(text) for _, text in column) + 3 for column in table]
        if sum(widths) + 2 * len(widths) <= width or columns == 1:
            break
    lines = []
    for row in range(depth):
        left: list[Piece] = []
        for column, room in zip(table, widths, strict=True):
            if row < len(column):
                key, text = column[row]
                left += [(reveal_line(key), "key"), piece(" "), (text, "text")]
                left.append(piece(" " * (room - cell_len(text))))
        lines.append(Line(left))
    return lines
