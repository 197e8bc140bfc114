"""Languages beyond English: cut at their own stops, compared in their own script, never across languages."""

from __future__ import annotations

import pytest

from hitl_tui.grounding import build_index, ground
from hitl_tui.grounding.segment import sentences

TEXTS = {
    "German": (
        "Hunde sind an der Leine willkommen. Der Garten schließt um 18 Uhr.",
        "Das Parkhaus verlangt eine Kaution aus Silbermünzen.",
    ),
    "Hindi": (
        "पट्टे पर बंधे कुत्तों का स्वागत है। बगीचा अप्रैल से खुला रहता है।",
        "रात में ऊँट की सवारी मुफ़्त मिलती है।",
    ),
    "Arabic": (
        "الكلاب مرحب بها مع المقود. تفتح الحديقة أبوابها في أبريل.",
        "يحصل الزوار على مظلات زرقاء مجانية.",
    ),
    "Japanese": (
        "犬はリードをつければ入園できます。庭園は四月から開きます。",
        "駐車場では馬を貸し出しています。",
    ),
    "Chinese": ("狗拴绳后可以入园。花园从四月开放。", "夜间提供免费的骆驼骑行。"),
    "Thai": ("สุนัขเข้าได้เมื่อใส่สายจูง\nสวนเปิดตั้งแต่เดือนเมษายน", "มีบริการขี่อูฐฟรีตอนกลางคืน"),
}


@pytest.mark.parametrize("language", TEXTS)
def test_copied_wording_is_found_and_invention_is_doubted_more(language: str) -> None:
    source, invented = TEXTS[language]
    index = build_index(["Nothing of the kind.", source])
    copied = ground(source, index)
    assert copied.note == ""
    assert {clause.grade for clause in copied.clauses} == {"found"}
    assert {clause.evidence[0].passage for clause in copied.clauses} == {1}
    worst = ground(invented, index).clauses[0]
    assert worst.grade != "found"
    assert worst.score > max(clause.score for clause in copied.clauses)


@pytest.mark.parametrize("language", TEXTS)
def test_each_text_is_cut_into_its_two_sentences(language: str) -> None:
    assert len(sentences(TEXTS[language][0])) == 2


@pytest.mark.parametrize("language", [name for name in TEXTS if name != "German"])
def test_an_output_in_another_script_is_not_marked_and_the_note_says_so(language: str) -> None:
    index = build_index(["Dogs are welcome on a lead, and the garden is open from April."])
    grounding = ground(TEXTS[language][0], index)
    assert (grounding.clauses, grounding.flags) == ((), ())
    assert "language differs" in grounding.note
