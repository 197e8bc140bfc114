"""The table of units: to which measure each belongs, and how many base units it is."""

from __future__ import annotations

_TABLE = """
time 1: second seconds sec secs s sekunde sekunden seconde secondes segundo segundos
time 1: सेकंड ثانية ثوان 秒 초 วินาที
time 60: minute minutes min mins minuten minuto minutos
time 60: मिनट دقيقة دقائق 分钟 分鐘 分間 分 분 นาที
time 3600: hour hours hr hrs h stunde stunden heure heures hora horas
time 3600: घंटा घंटे ساعة ساعات 小时 小時 時間 시간 ชั่วโมง
time 86400: day days night nights tag tage tagen jour jours día días
time 86400: दिन يوم يوما أيام 天 日間 日 일 วัน
time 604800: week weeks wk wks fortnight=2 fortnights=2 woche wochen semaine semaines semana semanas
time 604800: सप्ताह हफ्ते أسبوع أسابيع 周 週間 週 주 สัปดาห์
time 2592000: month months mo monat monate monaten mois mes meses महीना महीने माह شهر شهرا أشهر
time 2592000: 个月 個月 か月 ヶ月 カ月 ヵ月 개월 เดือน
time 31536000: year years yr yrs decade=10 decades=10 century=100 centuries=100 jahr jahre jahren ans année
time 31536000: années año años साल वर्ष سنة سنوات عام أعوام 年間 年 년 ปี
mass 0.000001: mcg µg μg ug microgram micrograms
mass 0.001: mg mgs milligram milligrams
mass 1: g gram grams gm
mass 1000: kg kgs kilo kilos kilogram kilograms tonne=1000 tonnes=1000
mass 28.35: oz ounce ounces
mass 453.6: lb lbs pound pounds
mass 907185: ton tons
length 0.001: mm millimeter millimeters millimetre millimetres
length 0.01: cm centimeter centimeters centimetre centimetres
length 1: m meter meters metre metres
length 1000: km kilometer kilometers kilometre kilometres
length 0.0254: inch inches
length 0.3048: foot feet ft
length 0.9144: yard yards yd yds
length 1609.34: mile miles mi
volume 0.001: ml milliliter milliliters millilitre millilitres
volume 1: l liter liters litre litres
volume 0.2366: cup cups
volume 0.0148: tbsp tablespoon tablespoons
volume 0.00493: tsp teaspoon teaspoons
volume 3.785: gallon gallons gal
bytes 1000: kb kilobyte kilobytes
bytes 1000000: mb megabyte megabytes
bytes 1000000000: gb gigabyte gigabytes
bytes 1000000000000: tb terabyte terabytes
rate 1: bps
rate 1000: kbps
rate 1000000: mbps
rate 1000000000: gbps
speed 1: mph
speed 0.6214: kph kmh
frequency 1: hz hertz
frequency 1000: khz
frequency 1000000: mhz
frequency 1000000000: ghz
power 1: w watt watts
power 1000: kw kilowatt kilowatts
power 1000000: mw megawatt megawatts
energy 1: wh
energy 1000: kwh
energy 1000000: mwh
energy 0.001162: kcal calorie calories cal
pressure 1: psi
pressure 14.5: bar bars
tension 1: v volt volts
percent 1: % percent percentage ％ prozent प्रतिशत
dollar 1: $ us$ usd dollar dollars دولار ドル 美元 달러
dollar 0.01: cent cents
euro 1: € eur euro euros
sterling 1: £ gbp
yen 1: ¥ jpy yen 円 日元
rupee 1: ₹ inr rupee rupees रुपये रुपए
yuan 1: yuan rmb cny 元
won 1: krw won 원
baht 1: thb baht บาท
degree 1: degree degrees ° °f °c
"""


def _read(table: str) -> dict[str, tuple[str, float]]:
    units: dict[str, tuple[str, float]] = {}
    for line in table.strip().splitlines():
        head, names = line.split(": ")
        measure, factor = head.split()
        for entry in names.split():
            name, _, times = entry.partition("=")
            units[name] = (measure, float(factor) * float(times or 1))
    return units


UNITS = _read(_TABLE)
"""Unit as written, in lower case -> (measure, how many base units of the measure it is)."""
