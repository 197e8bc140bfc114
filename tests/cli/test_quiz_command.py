"""`hitl quiz`, `hitl guideline` and `hitl report`: a lead's calibration from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Hitl, Write
from tests.queue.serving import Served
from tests.queue.world import FakeClock

BY = ("--reviewer", "lea")


def gold(number: int, **fields: Any) -> dict[str, Any]:
    wrong = number % 2 == 0
    answer = {"decision": "reject" if wrong else "approve", "labels": ["tone"] if wrong else []}
    return {"id": f"g-{number:03d}", "output": f"answer {number}", "gold": answer, **fields}


@pytest.fixture
def queue(hitl: Hitl, cases: Write) -> None:
    assert hitl("ingest", cases(*(gold(n) for n in range(12)))).code == 0


def answers(hitl: Hitl, who: str, quiz: str, *, wrong: tuple[str, ...] = ()) -> None:
    """Answer by what the output says; `wrong` outputs the other way."""
    for case in hitl("quiz", "take", quiz, "--reviewer", who, "--json").json["cases"]:
        output = hitl("show", case["case_id"], "--json").json["case"]["output"]
        reject = int(output.split()[1]) % 2 == 0
        if output in wrong:
            reject = not reject
        more = ("--label", "tone", "--cite", "tone") if reject else ()
        ran = hitl(
            "verdict", case["case_id"], "reject" if reject else "approve", "--reviewer", who, *more
        )
        assert ran.code == 0, ran.err


@pytest.mark.usefixtures("queue")
class TestQuiz:
    def test_it_is_made_taken_and_reported(self, hitl: Hitl) -> None:
        made = hitl("quiz", "create", "cal", "--size", "10", "--seed", "4", "--json", *BY).json
        assert made == {"quiz": "cal", "mode": "scored", "items": 10, "seed": 4, "available": 12}
        answers(hitl, "ann", "cal")
        answers(hitl, "bob", "cal", wrong=("answer 2", "answer 3"))
        report = hitl("quiz", "report", "cal", "--json").json
        assert report["reviewers"]["ann"]["right"] == 10
        assert report["reviewers"]["ann"]["ci"][0] == pytest.approx(0.7225, abs=1e-3)
        assert report["needed"] is None
        assert report["agreement"]["cohen_kappa"]["value"] is not None
        out = hitl("quiz", "report", "cal").out
        assert "quiz cal, scored, 10 items, taken by 2" in out
        assert "with 10 items not even all right reach 0.80" in out
        assert "no pool asks for this quiz" in out

    def test_a_pool_that_another_guideline_closed_again_is_named(
        self, hitl: Hitl, home: Path
    ) -> None:
        (home / "hitl.toml").write_text(
            '[quiz]\nmark = 0.5\n[pools.returns]\nqualified_by = ["cal"]', "utf-8"
        )
        (home / "guideline.md").write_text("# Rules\n\n## Tone {#tone}\n\nDry is fine.\n", "utf-8")
        assert hitl("guideline", "publish", *BY).code == 0
        hitl("quiz", "create", "cal", "--size", "10", *BY)
        answers(hitl, "ann", "cal")
        assert "ann may judge returns" in hitl("quiz", "report", "cal").out
        (home / "guideline.md").write_text("# Rules\n\n## Tone {#tone}\n\nBe kind.\n", "utf-8")
        assert hitl("guideline", "publish", *BY).code == 0
        out = hitl("quiz", "report", "cal").out
        assert "ann may judge" not in out
        assert "nobody may judge returns any more" in out

    def test_a_name_that_could_be_a_path_is_refused(self, hitl: Hitl) -> None:
        ran = hitl("quiz", "create", "a b/../c", *BY)
        assert (ran.code, ran.err.count("\n")) == (2, 1)
        assert "a b/../c is no name for a quiz: it has 1 to 64 letters" in ran.err
        assert hitl("quiz", "list", "--json").json == []

    def test_the_same_seed_takes_the_same_items(self, hitl: Hitl) -> None:
        for name, seed in (("one", 7), ("two", 7), ("three", 8)):
            hitl("quiz", "create", name, "--size", "5", "--seed", seed, *BY)
        chosen = {
            name: [one["case"]["id"] for one in hitl("quiz", "session", name, "--json").json]
            for name in ("one", "two", "three")
        }
        assert sorted(chosen["one"]) == sorted(chosen["two"]) != sorted(chosen["three"])

    def test_a_file_makes_one_and_a_line_without_gold_makes_none(
        self, hitl: Hitl, cases: Write
    ) -> None:
        good = cases(gold(90), gold(91), name="good.jsonl")
        assert hitl("quiz", "create", "file", "--from", good, *BY).code == 0
        bad = cases(gold(92), {"id": "x", "output": "y"}, "{", name="bad.jsonl")
        ran = hitl("quiz", "create", "none", "--from", bad, *BY)
        assert ran.code == 2
        assert "bad.jsonl:2: it has no gold decision" in ran.err
        assert "2 lines of" in ran.err
        assert [quiz["name"] for quiz in hitl("quiz", "list", "--json").json] == ["file"]

    def test_the_session_shows_answers_and_records_outcomes(self, hitl: Hitl) -> None:
        hitl("quiz", "create", "cal", "--size", "4", "--seed", "1", *BY)
        answers(hitl, "ann", "cal")
        item = hitl("quiz", "session", "cal", "--json").json[0]["item"]
        shown = hitl("quiz", "session", "cal", item).out
        assert "ann" in shown and "answer" in shown
        other = "approve" if "gold: reject" in shown else "reject"
        ran = hitl("quiz", "session", "cal", item, "--gold", other, "--note", "we see it so", *BY)
        assert f"decided by lea: gold is {other}" in ran.out
        report = hitl("quiz", "report", "cal", "--json").json
        assert report["reviewers"]["ann"]["right"] == 3
        ran = hitl("quiz", "session", "cal", item, "--section", "tone", "--note", "unclear", *BY)
        assert "guideline tone: unclear" in ran.out
        assert hitl("audit", "verify").code == 4

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("create", "cal", *BY), "there is a quiz cal already"),
            (("create", "x", "--stratify", "colour", *BY), "--stratify takes label"),
            (("create", "x", "--from", "missing.jsonl", *BY), "is not there"),
            (("create", "x", "--pool", "nowhere", *BY), "there is no gold case"),
            (("take", "cal", *BY), "needs a terminal"),
            (("take", "nowhere", "--json", *BY), "there is no quiz nowhere"),
            (("report", "nowhere"), "there is no quiz nowhere"),
            (("session", "cal", "9"), "has items 1 to 2"),
            (("session", "cal", "--gold", "approve", *BY), "give its number"),
            (("session", "cal", "1", "--label", "tone", *BY), "--label goes with --gold"),
            (("session", "cal", "1", "--gold", "fine", *BY), "--gold takes one of"),
            (("session", "cal", "1", "--section", "none", *BY), "has no section none"),
            (("session", "cal", "1", "--section", "tone", "--gold", "approve", *BY), "either"),
        ],
        ids=lambda value: " ".join(map(str, value))[:30] if isinstance(value, tuple) else "",
    )
    def test_what_cannot_be_is_one_sentence(
        self, hitl: Hitl, arguments: tuple[str, ...], words: str
    ) -> None:
        hitl("quiz", "create", "cal", "--size", "2", *BY)
        ran = hitl("quiz", *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert words in ran.err and ran.err.count("\n") == 1

    def test_a_closed_quiz_takes_its_open_copies_out(self, hitl: Hitl) -> None:
        hitl("quiz", "create", "cal", "--size", "3", *BY)
        hitl("quiz", "take", "cal", "--reviewer", "ann", "--json")
        assert "3 copies were withdrawn" in hitl("quiz", "close", "cal", *BY).out
        assert "closed" in hitl("quiz", "list").out
        assert hitl("quiz", "take", "cal", "--reviewer", "bob", "--json").code == 2

    def test_copies_stay_out_of_exports_and_agreement(self, hitl: Hitl, home: Path) -> None:
        hitl("quiz", "create", "cal", "--size", "3", *BY)
        for who in ("ann", "bob"):
            answers(hitl, who, "cal")
        assert hitl("export", "jsonl", "--out", "data").code == 0
        rows = (home / "data" / "cases.jsonl").read_text("utf-8").splitlines()
        assert len(rows) == 12
        assert hitl("agreement", "--json").json["n_ratings"] == 0

    def test_the_report_on_reviewers_has_the_quiz_and_ones_own_line(self, hitl: Hitl) -> None:
        hitl("quiz", "create", "cal", "--size", "6", *BY)
        for who in ("ann", "bob"):
            answers(hitl, who, "cal")
        found = hitl("report", "reviewers", "--json").json["reviewers"]
        assert set(found) == {"ann", "bob"}
        assert found["ann"]["quizzes"]["cal"]["right"] == 6
        mine = hitl("report", "reviewers", "--mine", "--reviewer", "bob", "--json").json
        assert list(mine["reviewers"]) == ["bob"]
        out = hitl("report", "reviewers").out
        assert "verdicts" in out and "\x1b" not in out

    def test_a_reviewers_token_is_told_how_to_see_ones_own_line(
        self, hitl: Hitl, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert hitl("verdict", "g-001", "approve", "--reviewer", "ann").code == 0
        served = Served(home / "hitl.db", FakeClock())
        try:
            monkeypatch.setenv("HITL_TOKEN", served.token("ann"))
            everybody = hitl("report", "reviewers", "--queue", served.url)
            assert (everybody.code, everybody.out) == (2, "")
            assert "--mine" in everybody.err
            mine = hitl("report", "reviewers", "--queue", served.url, "--mine", "--json").json
        finally:
            served.close()
        assert list(mine["reviewers"]) == ["ann"]


class TestReportOnOrdinaryWork:
    def test_agreement_with_the_others_is_in_it(self, hitl: Hitl, cases: Write) -> None:
        hitl("ingest", cases(*({"id": f"c{n}", "output": "x", "overlap": 2} for n in range(4))))
        for who, decisions in (("ann", "aaar"), ("bob", "aaaa")):
            for n, letter in enumerate(decisions):
                decision = "approve" if letter == "a" else "reject"
                assert hitl("verdict", f"c{n}", decision, "--reviewer", who).code == 0
        found = hitl("report", "reviewers", "--json").json["reviewers"]
        assert found["ann"]["agreement"]["value"] == 0.75
        assert found["ann"]["verdicts"] == 4

    def test_an_empty_queue_says_so(self, hitl: Hitl, home: Path) -> None:
        hitl("init", "q")
        assert "no verdicts yet" in hitl("report", "reviewers", "--queue", "q/hitl.db").out


class TestGuideline:
    @pytest.fixture(autouse=True)
    def _house(self, hitl: Hitl, home: Path) -> None:
        assert hitl("init").code == 0

    def test_its_sections_are_shown(self, hitl: Hitl) -> None:
        out = hitl("guideline", "show").out
        assert out.startswith("guideline, version ") and "wrong_number" in out
        assert "Compare digit for digit" in hitl("guideline", "show", "wrong_number").out
        assert hitl("guideline", "show", "nothing").code == 2
        found = hitl("guideline", "show", "--json").json
        assert len(found["version"]) == 12

    def test_a_version_is_published_read_changed_and_compared(self, hitl: Hitl, home: Path) -> None:
        assert hitl("guideline", "acknowledge", "--reviewer", "ann").code == 2
        first = hitl("guideline", "publish", *BY).out
        assert "is published" in first
        assert "was published before" in hitl("guideline", "publish", *BY).out
        assert hitl("guideline", "acknowledge", "--reviewer", "ann").code == 0
        assert "read by ann" in hitl("guideline", "status").out
        assert "no section is different" in hitl("guideline", "diff").out
        document = home / "guideline.md"
        text = document.read_text("utf-8").replace("Dry is not wrong.", "Dry is fine.")
        document.write_text(text + "\n## New rule {#new}\n\nBe brief.\n", "utf-8")
        out = hitl("guideline", "diff").out
        assert "changed: tone  Tone" in out and "added: new  New rule" in out
        changes = hitl("guideline", "diff", "--json").json["changes"]
        assert [one["id"] for one in changes] == ["tone", "new"]
        assert "not published" in hitl("guideline", "status").out
        hitl("guideline", "publish", *BY)
        versions = [
            one["version"] for one in hitl("guideline", "status", "--json").json["versions"]
        ]
        assert len(versions) == 2
        assert "changed: tone" in hitl("guideline", "diff", versions[0][:6], versions[1]).out
        assert hitl("guideline", "diff", "no-such-thing").code == 2

    def test_citations_are_counted_by_section_with_their_disputes(
        self, hitl: Hitl, cases: Write
    ) -> None:
        hitl("ingest", cases(*({"id": f"c{n}", "output": "x", "overlap": 2} for n in range(2))))
        for who, decisions in (("ann", ("reject", "reject")), ("bob", ("approve", "reject"))):
            for n, decision in enumerate(decisions):
                hitl("verdict", f"c{n}", decision, "--reviewer", who, "--cite", "tone")
        (found,) = hitl("guideline", "citations", "--json").json
        assert (found["section"], found["verdicts"], found["cases"], found["disputed"]) == (
            "tone",
            4,
            2,
            1,
        )
        version = hitl("guideline", "show", "--json").json["version"]
        assert found["versions"] == {version: 4}
        assert "Tone" in hitl("guideline", "citations").out

    def test_a_verdict_says_under_which_version_it_was_given(
        self, hitl: Hitl, cases: Write
    ) -> None:
        hitl("ingest", cases({"id": "c1", "output": "x"}, {"id": "c2", "output": "y"}))
        hitl("verdict", "c1", "approve", "--reviewer", "ann")
        version = hitl("guideline", "show", "--json").json["version"]
        (verdict,) = hitl("show", "c1", "--reveal", "--json").json["verdicts"]
        assert verdict["guidelines"] == [f"@{version}"]
        ran = hitl("verdict", "c2", "approve", "--reviewer", "ann", "--cite", "nowhere")
        assert ran.code == 2 and "has no section nowhere" in ran.err
        assert hitl("guideline", "citations").out == "no verdict cites a section yet\n"

    def test_an_id_that_stands_twice_is_named_with_its_line(self, hitl: Hitl, home: Path) -> None:
        (home / "guideline.md").write_text("# A {#a}\n# B {#a}\n")
        ran = hitl("guideline", "publish", *BY)
        assert ran.code == 2 and "guideline.md:2: the section id a stands twice" in ran.err

    def test_hostile_text_in_it_is_shown_not_obeyed(self, hitl: Hitl, home: Path) -> None:
        (home / "guideline.md").write_text("# \x1b[31mA {#a}\n\u202etext\x1b]0;x\x07\n")
        hitl("guideline", "publish", *BY)
        (home / "guideline.md").write_text("# \x1b[31mA {#a}\nother\x1b[0m\n")
        for arguments in (("show",), ("show", "a"), ("diff",), ("diff", "--json")):
            out = hitl("guideline", *arguments).everything
            assert "\x1b" not in out and "\u202e" not in out


def test_json_of_a_session_is_one_line(hitl: Hitl, cases: Write) -> None:
    hitl("ingest", cases(gold(1)))
    hitl("quiz", "create", "cal", *BY)
    out = hitl("quiz", "session", "cal", "1", "--json").out
    assert out.count("\n") == 1 and json.loads(out)["item"] == 1


def test_a_quiz_is_taken_line_by_line_and_training_says_what_was_right(
    hitl: Hitl, cases: Write
) -> None:
    hitl("ingest", cases(*(gold(n) for n in (2, 4))))
    hitl("quiz", "create", "easy", "--training", "--size", "2", *BY)
    ran = hitl("quiz", "take", "easy", "--plain", "--reviewer", "ann", stdin=b"approve\napprove\n")
    assert ran.code == 0, ran.err
    assert ran.out.count("Not so: reject (tone)") == 2
    assert "Dry is not wrong" in " ".join(ran.out.split())
    assert "quiz easy: 2 of 2 answered" in ran.out
    hitl("quiz", "create", "blind", "--size", "2", *BY)
    ran = hitl("quiz", "take", "blind", "--plain", "--reviewer", "ann", stdin=b"approve\nquit\n")
    assert "quiz blind: 1 of 2 answered" in ran.out
    assert "reject (tone)" not in ran.out
