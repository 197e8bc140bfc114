"""Everyday words that stand for each other, so that a paraphrase is not taken for an invention."""

from __future__ import annotations

from hitl_tui.grounding.normalise import key

_TABLE = """
begin start commence initiate
end finish conclude complete stop cease
buy purchase acquire get obtain
help assist aid support
big large huge great substantial considerable
small little tiny minor
fast quick rapid speedy
important crucial essential vital critical key significant
main primary chief principal major
many several multiple numerous various different
need require necessary must requirement
usual general typical normal common
often frequent regular
keep stay maintain remain retain preserve
kind type sort form variety
cause due because reason owing
while whereas
want desire wish
give provide offer supply
method way approach technique means procedure
create make produce form build
eat consume ingest
try attempt
rest remainder
improve better enhance boost
prevent avoid
choose select pick click tap press
navigate go visit open access
ensure sure guarantee
effective work
person people individual human
child kid children
doctor physician
car vehicle automobile
house home
show display demonstrate illustrate
tell inform say state mention
find locate discover
use utilize utilise employ apply using
raise increase grow rise elevate
lower reduce decrease decline drop lessen
remove delete eliminate take
add include insert
contain include comprise consist
change modify alter adjust
allow permit let enable
about approximately around roughly nearly almost
also additional additionally moreover furthermore
last final
first initial original
entire whole complete full
each every
often frequently
place put set position
area region location place spot
company firm business corporation organization organisation
job occupation profession career
salary wage pay earnings income
money cash fund
price cost fee charge expense
sick ill unwell
illness disease sickness condition disorder
medicine medication drug
pain ache discomfort
symptom sign indication
treat cure therapy treatment
food meal
drink beverage
hot warm heat
cold cool chill
wet moist damp
dry arid
hard difficult tough
easy simple straightforward
dangerous harmful hazardous unsafe
safe secure
strong powerful
weak feeble
old ancient aged
new recent modern
call name term refer
mean signify denote
think believe consider
consider regard
talk speak discuss
see look view watch observe
check verify test inspect examine
wait pause
mix combine blend stir
cut slice chop trim
cook bake roast
boil simmer
fix repair mend
break damage
join connect attach link
separate divide split
turn rotate
happen occur
describe explain
depend vary
range span
amount quantity
number count
part portion section piece component
beginning start
top upper
bottom lower base
near close
far distant
quickly rapidly
maximum most highest
minimum least lowest
enough sufficient adequate
maybe perhaps possibly
live reside
die death dead
job position role
law legislation statute
student pupil
teacher instructor
test exam
film movie
picture image photo photograph
phone telephone
computer pc
letter mail
answer response reply
ask request
send ship deliver mail
return refund
store shop
earth soil ground dirt
stone rock
ocean sea
town city
country nation
america american usa us
children kids
couple pair two
half fifty
year annual yearly annually
day daily
week weekly
month monthly
hour hourly
"""


def _read(table: str) -> dict[str, frozenset[int]]:
    groups: dict[str, set[int]] = {}
    for number, line in enumerate(table.strip().splitlines()):
        for word in line.split():
            groups.setdefault(key(word), set()).add(number)
    return {word: frozenset(numbers) for word, numbers in groups.items()}


GROUPS = _read(_TABLE)
"""Key of a word -> the numbers of the groups of words that may stand for it."""

_NONE: frozenset[int] = frozenset()


def groups(word: str) -> frozenset[int]:
    """The groups that a key belongs to; two keys with a common group may stand for each other."""
    return GROUPS.get(word, _NONE)
