"""The readers: formats are recognised by content, nothing is lost, nothing that must be hidden leaks."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hitl_tui.formats.readers import READERS, Reject, Taken, native, ragtruth, read_cases
from hitl_tui.model.load import Refused

RAGTRUTH = {
    "id": "r1",
    "source_id": "9",
    "task": "QA",
    "query": "When does it open?",
    "context": ["It opens at nine."],
    "output": "It opens at ten, daily.",
    "model": "m",
    "temperature": 0.7,
    "human_spans": [
        {
            "start": 12,
            "end": 15,
            "type": "Evident Conflict",
            "text": "ten",
            "note": "nine",
            "implicit_true": True,
            "due_to_null": False,
        }
    ],
    "quality": "good",
    "split": "train",
}


def stream(*rows: Any) -> io.BytesIO:
    return io.BytesIO(b"".join(json.dumps(row).encode() + b"\n" for row in rows))


def test_a_native_case_is_read_as_it_is() -> None:
    read = native.read({"id": "a", "input": "q", "output": "o", "context": "c", "overlap": 2})
    case = read.submission
    assert (case.input[0].role, case.input[0].content) == ("user", "q")
    assert (case.context[0].text, case.overlap) == ("c", 2)
    assert (read.kept, read.dropped, read.new_id) == ((), (), False)


def test_unknown_fields_go_to_metadata_under_their_path() -> None:
    read = native.read(
        {
            "id": "a",
            "output": "o",
            "chunk": [1],
            "input": [{"role": "user", "content": "q", "name": "n"}],
            "context": ["plain", {"text": "t", "page": 7}, {"text": "u", "page": 8}],
            "signals": [{"name": "g", "why": None}],
            "metadata": {"own": True},
        }
    )
    assert read.submission.metadata == {
        "own": True,
        "chunk": [1],
        "input[0].name": "n",
        "context[1].page": 7,
        "context[2].page": 8,
        "signals[0].why": None,
    }
    assert read.kept == ("chunk", "input[].name", "context[].page", "signals[].why")


def test_a_field_that_metadata_has_already_is_not_overwritten() -> None:
    with pytest.raises(Refused, match="chunk stands both"):
        native.read({"id": "a", "output": "o", "chunk": 1, "metadata": {"chunk": 2}})


def test_unknown_fields_of_gold_never_reach_the_case() -> None:
    with pytest.raises(ValidationError, match=r"gold.why"):
        native.read({"id": "a", "output": "o", "gold": {"decision": "reject", "why": "w"}})


def test_the_verdicts_of_an_export_never_reach_the_case() -> None:
    decided: dict[str, Any] = {
        "state": "resolved",
        "route": {},
        "verdicts": [{"decision": "reject"}],
        "resolution": None,
    }
    read = native.read({"id": "a", "output": "o", **decided})
    assert read.submission.metadata == {}
    assert read.dropped == ("resolution", "route", "state", "verdicts")
    assert native.read({"id": "a", "output": "o", "route": "r"}).submission.metadata == {
        "route": "r"
    }


def test_a_record_without_an_id_gets_one_of_its_own() -> None:
    first, second = native.read({"output": "o"}), native.read({"output": "o"})
    assert first.new_id
    assert first.submission.id != second.submission.id


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
_FIELDS = st.sampled_from(
    ["id", "input", "output", "context", "signals", "metadata", "gold", "x", "kind"]
)


@settings(max_examples=200)
@given(_JSON | st.dictionaries(_FIELDS, _JSON, max_size=6))
def test_any_json_is_read_or_refused_and_a_read_one_lost_nothing(value: Any) -> None:
    before = json.dumps(value)
    try:
        read = native.read(value)
    except (Refused, ValidationError):
        return
    assert json.dumps(value) == before
    unknown = {name for name in value if name == "x"}
    assert unknown <= read.submission.metadata.keys()


def test_human_spans_become_gold_and_the_rest_metadata() -> None:
    read = ragtruth.read(RAGTRUTH)
    case, gold = read.submission, read.submission.gold
    assert (case.input[0].content, case.context[0].text) == (RAGTRUTH["query"], "It opens at nine.")
    assert gold is not None
    assert (gold.decision, gold.labels) == ("reject", ("Evident Conflict",))
    assert (gold.spans[0].start, gold.spans[0].end) == (12, 15)
    assert gold.spans[0].note == "nine\nRAGTruth: true, though the sources do not say it"
    assert case.metadata == {
        "source_id": "9",
        "task": "QA",
        "temperature": 0.7,
        "quality": "good",
        "split": "train",
    }
    assert "Conflict" not in case.case().model_dump_json()


def test_no_human_span_means_approve() -> None:
    gold = ragtruth.read({**RAGTRUTH, "human_spans": []}).submission.gold
    assert gold is not None
    assert (gold.decision, gold.labels, gold.spans) == ("approve", (), ())


@pytest.mark.parametrize(
    "spans",
    [
        "x",
        [1],
        [{"start": 0, "end": 3, "type": "t", "text": "not"}],
        [{"start": 0, "end": 999, "type": "t"}],
    ],
)
def test_a_human_span_that_does_not_fit_is_refused(spans: Any) -> None:
    with pytest.raises((Refused, ValidationError)):
        ragtruth.read({**RAGTRUTH, "human_spans": spans})


def test_the_first_record_that_is_recognised_decides_for_the_file() -> None:
    items = list(read_cases(stream(["noise"], RAGTRUTH, {"id": "a", "output": "o"})))
    assert [type(item) for item in items] == [Reject, Taken, Reject]
    assert isinstance(items[2], Reject)
    assert "RAGTruth record" in items[2].reason


def test_a_named_format_is_not_guessed() -> None:
    [item] = read_cases(stream(RAGTRUTH), "native")
    assert isinstance(item, Taken)
    assert "human_spans" in item.read.submission.metadata


def test_lines_keep_their_numbers_over_blank_ones() -> None:
    data = io.BytesIO(b'\n\n{"id":"a","output":"o"}\n\nbad\n')
    assert [item.line for item in read_cases(data)] == [3, 5]


def test_every_reader_says_what_it_reads() -> None:
    assert all(reader.about for reader in READERS.values())
