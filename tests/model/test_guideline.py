"""The guideline: its sections keep their ids and offsets, its version follows its text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_tui.config.places import shipped
from hitl_tui.model.guideline import GuidelineError, citation, diff, parse, version_of

DOCUMENT = """Before all.

# House rules

Intro.

## Returns {#returns/opened}

Opened goods: 30 days.

```
## not a heading {#code}
```

### Exceptions ##

None.
"""


def test_sections_have_ids_titles_levels_and_the_text_behind_their_heading() -> None:
    found = [(s.id, s.title, s.level) for s in parse(DOCUMENT).sections]
    assert found == [
        ("preamble", "", 0),
        ("house-rules", "House rules", 1),
        ("returns/opened", "Returns", 2),
        ("exceptions", "Exceptions", 3),
    ]
    opened = parse(DOCUMENT).section("returns/opened")
    assert opened is not None
    assert "## not a heading {#code}" in opened.text
    assert opened.text.strip().startswith("Opened goods")


@given(st.text(alphabet="#{}ab1 \n\r`~-\u00e9\u202e", max_size=120))
def test_any_text_has_sections_that_are_its_own_slices_in_order(text: str) -> None:
    try:
        guideline = parse(text)
    except GuidelineError as error:
        assert text.count(f"{{#{error.section}}}") >= 2
        return
    ids = [section.id for section in guideline.sections]
    assert len(set(ids)) == len(ids)
    at = 0
    for section in guideline.sections:
        assert at <= section.start <= section.end <= len(text)
        assert section.text == text[section.start : section.end]
        at = section.end


def test_the_shipped_document_has_an_id_in_braces_for_every_section_below_its_title() -> None:
    guideline = parse(shipped("guideline.md").read_text("utf-8"))
    assert [section.id for section in guideline.sections[1:4]] == [
        "order",
        "unsupported",
        "contradicts",
    ]
    assert guideline.section("injection") is not None


def test_the_version_follows_the_words_and_not_the_line_ends() -> None:
    assert version_of("a\nb\n") == version_of("\ufeffa\r\nb\r\n")
    assert version_of("a\nb\n") != version_of("a\nc\n")


def test_line_ends_of_other_systems_make_the_same_sections() -> None:
    windows = parse(DOCUMENT.replace("\n", "\r\n"))
    assert [s.id for s in windows.sections] == [s.id for s in parse(DOCUMENT).sections]
    assert diff(parse(DOCUMENT), windows) == ()


def test_an_id_that_stands_twice_is_refused_with_its_line() -> None:
    with pytest.raises(GuidelineError) as caught:
        parse("# One {#a}\n\n# Two {#a}\n")
    assert (caught.value.section, caught.value.line) == ("a", 3)


def test_a_generated_id_never_takes_an_explicit_one() -> None:
    found = [section.id for section in parse("# A\n\n# A\n\n# B {#a}\n").sections]
    assert found == ["a-2", "a-3", "a"]


def test_the_diff_names_what_was_added_changed_retitled_and_removed() -> None:
    old = parse("# A {#a}\none\n# B {#b}\ntwo\n# C {#c}\nthree\n# G {#g}\nsame\n")
    new = parse("# G {#g}\nsame\n# A {#a}\nONE\n# Bee {#b}\ntwo\n# D {#d}\nfour\n")
    assert [(change.what, change.id) for change in diff(old, new)] == [
        ("changed", "a"),
        ("retitled", "b"),
        ("added", "d"),
        ("removed", "c"),
    ]


def test_a_citation_names_its_section_and_version() -> None:
    guideline = parse(DOCUMENT)
    assert citation(guideline.cite("returns/opened")) == ("returns/opened", guideline.version)
    assert citation("old-style") == ("old-style", None)
