"""Ratings from files: every line is a rating or is named; nothing is guessed, nothing is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from hitl_tui.formats.files import FileTrouble
from hitl_tui.formats.ratings import Loaded, load_ratings

GIVEN = [("i1", "ann", "ok"), ("i1", "bob", "bad"), ("i2", "ann", "ok"), ("i2", "bob", "ok")]
CSV = "item,reviewer,label\n" + "".join(f"{','.join(row)}\n" for row in GIVEN)


def load(tmp_path: Path, content: str | bytes) -> Loaded:
    path = tmp_path / "ratings"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with path.open("rb") as stream:
        return load_ratings(stream, "ratings")


def triples(loaded: Loaded) -> list[tuple[int, str, str]]:
    ratings = loaded.ratings
    codes = zip(ratings.item, ratings.reviewer, ratings.label, strict=True)
    return sorted((int(i), ratings.reviewers[g], ratings.labels[k]) for i, g, k in codes)


EXPECTED = [(0, "ann", "ok"), (0, "bob", "bad"), (1, "ann", "ok"), (1, "bob", "ok")]


@pytest.mark.parametrize(
    "content",
    [
        CSV,
        CSV.rstrip("\n"),
        "\ufeff" + CSV,
        CSV.replace("\n", "\r\n"),
        CSV.replace("\n", "\n\n"),
        CSV.replace(",", "\t"),
        CSV.replace(",", ";"),
        CSV.replace("item,reviewer,label", " Item , Reviewer,LABEL "),
        "note,label,item,more,reviewer\n"
        + "".join(f"x,{label},{item},,{who}\n" for item, who, label in GIVEN),
        "".join(
            f'{{"item": "{item}", "reviewer": "{who}", "label": "{label}", "more": [1]}}\n'
            for item, who, label in GIVEN
        ),
        '\ufeff\n{"item":"i1","reviewer":"ann","label":"ok"}\n\n'
        + "".join(
            f'{{"label":"{label}","item":"{item}","reviewer":"{who}"}}\n'
            for item, who, label in GIVEN[1:]
        ),
    ],
    ids=lambda content: repr(content[:25]),
)
def test_every_form_of_the_same_ratings_is_the_same(tmp_path: Path, content: str) -> None:
    assert triples(load(tmp_path, content)) == EXPECTED


def test_quoted_fields_keep_their_line_ends_quotes_and_commas(tmp_path: Path) -> None:
    rows = '"a\nb","q""x, y",ok\n"a\nb",z,ok\n'
    loaded = load(tmp_path, "item,reviewer,label\n" + rows)
    assert loaded.ratings.reviewers == ('q"x, y', "z")
    assert loaded.ratings.n_items == 1


def test_an_empty_label_is_no_rating_but_its_item_was_there(tmp_path: Path) -> None:
    loaded = load(tmp_path, "item,reviewer,label\na,x,\na,y, \nb,x,1\n")
    assert (len(loaded.ratings), loaded.ratings.empty_items) == (1, 1)
    nulls = '{"item":1,"reviewer":"x","label":null}\n{"item":2,"reviewer":"x","label":""}\n'
    assert load(tmp_path, nulls).ratings.empty_items == 2


def test_numbers_and_flags_of_json_are_labels(tmp_path: Path) -> None:
    rows = [("1", "true"), ("2", "3"), ("3", "3.0"), ("4", "2.5"), ("5", '"x"')]
    lines = "".join(f'{{"item":{i},"reviewer":7,"label":{v}}}\n' for i, v in rows)
    assert set(load(tmp_path, lines).ratings.labels) == {"true", "3", "2.5", "x"}


def test_a_header_alone_has_no_ratings(tmp_path: Path) -> None:
    loaded = load(tmp_path, "item,reviewer,label\n")
    assert (len(loaded.ratings), loaded.ratings.n_items, loaded.repeated) == (0, 0, 0)


def test_the_same_rating_again_counts_once_and_is_counted(tmp_path: Path) -> None:
    loaded = load(tmp_path, CSV + "i1,ann,ok\ni1,ann,\n")
    assert (triples(loaded), loaded.repeated) == (EXPECTED, 1)


def test_an_empty_one_never_hides_the_rating_behind_it(tmp_path: Path) -> None:
    assert len(load(tmp_path, "item,reviewer,label\na,x,\na,x,ok\n").ratings) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "has no header"),
        ("\n", "has no header"),
        ("a,b,c\n1,2,3\n", "needs the columns item, reviewer and label"),
        ("item,item,reviewer,label\n", "two columns item"),
        (CSV + "i3,ann\n", "line 6: it has 2 columns, the header 3"),
        (CSV + ",ann,ok\n", "line 6: item and reviewer need a value"),
        (CSV + "i1,ann,bad\n", "line 6: ann gave i1 another label in line 2"),
        (CSV + 'i9,"ann\n', "is no CSV file"),
        (CSV.encode() + b"i3,\xff,ok\n", "is not UTF-8"),
        (f"{CSV}i3,ann,{'x' * 513}\n", "label is longer than 512"),
        ('{"item":"a","reviewer":"b"}\n', "line 1: it has no label"),
        ('{"item":"a","reviewer":"b","label":["x"]}\n', "label is text, a number or null"),
        ('{"item":"a","reviewer":"b","label":1}\n[1]\n', "line 2: not an object"),
        ('{"item":"a","item":"b","reviewer":"b","label":1}\n', "twice"),
        ('{"item":null,"reviewer":"b","label":1}\n', "item and reviewer need a value"),
        ('{"item":"a","reviewer":"b","label":NaN}\n', "NaN"),
        ("item,reviewer,label\n" + "x\n" * 9, "and 4 more lines"),
        (
            "item,reviewer,label\n" + "".join(f"{n},x,{n}\n" for n in range(1001)),
            "1,001 different values",
        ),
    ],
    ids=lambda value: repr(value[:30]),
)
def test_what_is_no_rating_is_named_with_its_line_and_nothing_is_computed(
    tmp_path: Path, content: str | bytes, words: str
) -> None:
    with pytest.raises(FileTrouble) as caught:
        load(tmp_path, content)
    assert words in caught.value.sentence


def test_hostile_names_are_shown_not_obeyed(tmp_path: Path) -> None:
    content = "item,reviewer,label\n\x1b[31mi,\u202ebob,a\n\x1b[31mi,\u202ebob,b\n"
    with pytest.raises(FileTrouble) as caught:
        load(tmp_path, content)
    assert "\x1b" not in caught.value.sentence and "\u202e" not in caught.value.sentence
