"""The months and weekdays of other languages than English, as they stand in dates."""

from __future__ import annotations

_MONTHS = """
januar februar märz april mai juni juli august september oktober november dezember
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
januari februari maart april mei juni juli augustus september oktober november december
जनवरी फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर
जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितम्बर अक्तूबर नवम्बर दिसम्बर
يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر
มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม
"""
MONTH_OF: dict[str, int] = {
    name: number
    for line in _MONTHS.split("\n")
    for number, name in enumerate(line.split(), start=1)
}
"""Month, in lower case -> its number, 1 to 12."""

_WEEKDAYS = "月火水木金土日 一二三四五六日"
_ENDINGS = (("月曜", 0), ("周一", 1), ("週一", 1), ("期一", 1))
WEEKDAY_OF: dict[str, int] = {
    ending.replace("月" if row == 0 else "一", sign): number
    for ending, row in _ENDINGS
    for number, sign in enumerate(_WEEKDAYS.split()[row], start=1)
} | {f"{lead}天": 7 for lead in "周週期"}
"""The pair of characters that tells a weekday in Japanese and Chinese -> its number, 1 for Monday."""
