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


VALUES = {
    "German": (
        "Das Museum öffnet am 3. Mai wieder. Der Umbau kostete 2,8 Millionen Euro und dauerte 14 Monate.",
        [
            ("am 3. Mai", "am 3. Juni", "3. Juni"),
            ("2,8 Mill", "3,8 Mill", "3,8 Millionen Euro"),
            ("14 Monate", "14 Jahre", "14 Jahre"),
        ],
    ),
    "Hindi": (
        "संग्रहालय 15 अगस्त को खुलेगा। मरम्मत में 18 महीने लगे।",
        [("15 अगस्त", "15 जनवरी", "15 जनवरी"), ("18 महीने", "28 महीने", "28 महीने")],
    ),
    "Arabic": (
        "يفتح المتحف في 12 مارس. استغرق الترميم 16 شهرا.",
        [("12 مارس", "12 يونيو", "12 يونيو"), ("16 شهرا", "26 شهرا", "26 شهرا")],
    ),
    "Japanese": (
        "博物館は4月3日に再開する。工事には14か月かかり、費用は2億8000万円だった。休館日は月曜日である。",
        [
            ("4月3日", "5月3日", "5月3日"),
            ("14か月", "24か月", "24か月"),
            ("2億8000万円", "2億3000万円", "2億3000万円"),
            ("月曜日", "火曜日", "火曜日"),
        ],
    ),
    "Chinese": (
        "博物馆将于5月3日开放。工程历时14个月，耗资2800万元。地下室有45个车位。",
        [
            ("5月3日", "6月3日", "6月3日"),
            ("14个月", "24个月", "24个月"),
            ("2800万", "8200万", "8200万元"),
            ("45个", "54个", "54"),
        ],
    ),
    "Thai": (
        "พิพิธภัณฑ์จะเปิดในวันที่ 3 พฤษภาคม\nการปรับปรุงใช้เวลา 14 เดือน",
        [("3 พฤษภาคม", "3 มิถุนายน", "3 มิถุนายน"), ("14 เดือน", "24 เดือน", "24 เดือน")],
    ),
}


@pytest.mark.parametrize("language", VALUES)
def test_values_as_they_stand_in_the_sources_carry_no_flag(language: str) -> None:
    text = VALUES[language][0]
    assert ground(text, build_index([text])).flags == ()


@pytest.mark.parametrize(
    ("language", "old", "new", "value"),
    [(language, *edit) for language, (_, edits) in VALUES.items() for edit in edits],
)
def test_a_changed_value_is_flagged_whole(language: str, old: str, new: str, value: str) -> None:
    text = VALUES[language][0]
    output = text.replace(old, new)
    assert [
        output[flag.start : flag.end] for flag in ground(output, build_index([text])).flags
    ] == [value]


DENIALS = {
    "German": (
        "Kinder zahlen keinen Eintritt. Der Kiosk ist nicht nur am Sonntag offen. "
        "Der Hof bleibt frei, wenn es nicht schneit."
    ),
    "French": "Le musée n'est pas ouvert le lundi. Le parking est gratuit pour les membres de la ville.",
    "Spanish": "El museo no abre los lunes por la tarde. La cafetería acepta tarjetas en el bar de la entrada.",
    "Hindi": "बच्चों के लिए कोई शुल्क नहीं है। पार्किंग सदस्यों के लिए मुफ़्त है।",
    "Arabic": "لا توجد رسوم على الإعارة. المكتبة مفتوحة يوم السبت.",
    "Japanese": "この店は予約を受け付けていない。犬は入店できます。",
    "Chinese": "这家餐厅不接受预订，但提供外卖。价格不仅便宜，而且份量很大。",
    "Thai": "ไม่มีค่าปรับสำหรับการคืนหนังสือล่าช้า ห้องสมุดเปิดทุกวัน",
}
OTHERWISE = [
    ("German", "Kinder zahlen Eintritt."),
    ("French", "Le musée est ouvert le lundi."),
    ("French", "Le parking n'est pas gratuit pour les membres de la ville."),
    ("Spanish", "El museo abre los lunes por la tarde."),
    ("Hindi", "बच्चों के लिए शुल्क है।"),
    ("Arabic", "توجد رسوم على الإعارة."),
    ("Japanese", "この店は予約を受け付けている。"),
    ("Japanese", "犬は入店できません。"),
    ("Chinese", "这家餐厅接受预订。"),
    ("Thai", "มีค่าปรับสำหรับการคืนหนังสือล่าช้า"),
]
LIKEWISE = [
    ("German", "Der Kiosk ist am Sonntag offen."),
    ("German", "Der Hof bleibt frei."),
    ("Chinese", "价格便宜。"),
    ("Thai", "ห้องสมุดเปิดทุกวัน"),
]


@pytest.mark.parametrize(("language", "claim"), OTHERWISE)
def test_a_negation_put_in_or_left_out_is_flagged(language: str, claim: str) -> None:
    (flag,) = ground(claim, build_index([DENIALS[language]])).flags
    assert flag.kind == "negation"
    assert flag.source is not None


@pytest.mark.parametrize("language", DENIALS)
def test_a_text_does_not_contradict_itself(language: str) -> None:
    assert ground(DENIALS[language], build_index([DENIALS[language]])).flags == ()


@pytest.mark.parametrize(("language", "claim"), LIKEWISE)
def test_what_a_negation_does_not_deny_may_be_said(language: str, claim: str) -> None:
    assert ground(claim, build_index([DENIALS[language]])).flags == ()
