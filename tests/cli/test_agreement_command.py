"""`hitl agreement`: the figures and their reasons from a file or a queue, in words and as JSON."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from hitl_tui.model.clock import utc_now
from hitl_tui.queue.open import open_queue
from hitl_tui.stats.coefficients import names
from tests.cli.running import Hitl
from tests.queue.world import fill, judge, verdict

DEV: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "agreement_dev.json").read_text("utf-8")
)
FIELDS = {"value", "se", "ci", "bootstrap", "method", "reason"}


def write(home: Path, text: str, name: str = "ratings.csv") -> Path:
    path = home / name
    path.write_text(text, "utf-8")
    return path


def long_form(case: dict[str, Any]) -> str:
    lines = ["item,reviewer,label"]
    for item, row in enumerate(case["ratings"]):
        lines += [f"{item},{g},{'' if v is None else v}" for g, v in enumerate(row)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("case", DEV["cases"], ids=lambda case: case["name"])
def test_every_expected_value_comes_out_of_the_command(
    hitl: Hitl, home: Path, case: dict[str, Any]
) -> None:
    path = write(home, long_form(case))
    level = "nominal" if case["level"] == "nominal" else "ratio"
    labels = ",".join(str(label) for label in case["categories"])
    ran = hitl("agreement", "--ratings", path, "--level", level, "--labels", labels, "--json")
    assert ran.code == 0
    found = ran.json["coefficients"]
    assert list(found) == names(level)
    assert all(set(one) == FIELDS for one in found.values())
    for name, expected in case["expected"].items():
        if expected["value"] is None:
            assert (found[name]["value"], found[name]["reason"]) == (None, expected["reason"])
        else:
            assert found[name]["value"] == pytest.approx(
                expected["value"], abs=case["tolerance"]["value"]
            )


def test_the_json_has_its_stable_names(hitl: Hitl, home: Path) -> None:
    path = write(home, "item,reviewer,label\n1,a,x\n1,b,y\n2,a,x\n2,b,x\n3,a,\n")
    found = hitl("agreement", "--ratings", path, "--json").json
    sizes = ("n_items", "n_ratings", "n_reviewers", "q", "dropped_items")
    assert [found[name] for name in sizes] == [2, 4, 2, 2, 1]
    assert set(found) == {
        *sizes,
        "level",
        "coefficients",
        "per_label",
        "pairs",
        "reviewers",
        "notes",
    }
    assert list(found["per_label"]) == ["x", "y"]
    assert found["pairs"][0]["a"] == "a" and found["pairs"][0]["n"] == 2
    assert found["reviewers"]["a"]["labels"] == {"x": 2, "y": 0}


def test_the_json_has_the_bootstrap_intervals_of_the_exported_table(hitl: Hitl, home: Path) -> None:
    rows = ["item,reviewer,label"]
    for n in range(60):
        rows += [f"{n},ann,{'abc'[n % 3]}", f"{n},bob,{'abc'[n // 5 % 3]}"]
    path = write(home, "\n".join(rows))
    asked = ("agreement", "--ratings", path, "--level", "ordinal", "--labels", "a,b,c")
    found = hitl(*asked, "--json").json["coefficients"]
    assert hitl(*asked, "--export", home / "tables").code == 0
    with (home / "tables" / "coefficients.csv").open(encoding="utf-8", newline="") as file:
        told = {
            row["name"]: [float(row[end]) for end in ("bootstrap_low", "bootstrap_high")]
            for row in csv.DictReader(file)
            if row["bootstrap_low"]
        }
    assert {name for name, one in found.items() if one["bootstrap"]} == set(told)
    for name in ("alpha_nominal", "alpha_ordinal", "percent", "fleiss_kappa", "ac1", "bp_linear"):
        assert found[name]["bootstrap"] == pytest.approx(told[name])
    assert found["conger_kappa"]["bootstrap"] is None


def test_a_header_alone_is_all_null_and_no_error(hitl: Hitl, home: Path) -> None:
    path = write(home, "item,reviewer,label\n")
    for level in ("nominal", "ordinal"):
        ran = hitl("agreement", "--ratings", path, "--level", level, "--json")
        assert ran.code == 0
        assert {(c["value"], c["reason"]) for c in ran.json["coefficients"].values()} == {
            (None, "no_items")
        }
    assert "there are no ratings" in hitl("agreement", "--ratings", path).out


def test_standard_input_is_a_file_too(hitl: Hitl, home: Path) -> None:
    ran = hitl(
        "agreement", "--ratings", "-", "--json", stdin=b"item,reviewer,label\n1,a,x\n1,b,x\n"
    )
    assert (ran.code, ran.json["n_ratings"]) == (0, 2)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--ratings", "missing.csv"),
        ("--ratings", "ratings.csv", "--level", "metric"),
        ("--ratings", "ratings.csv", "--by", "colour"),
        ("--ratings", "ratings.csv", "--by", "pool"),
        ("--ratings", "ratings.csv", "--labels", "a,,b"),
        ("--ratings", "ratings.csv", "--labels", "a,a"),
        ("--ratings", "ratings.csv", "--on", "severity"),
        ("--on", "label:"),
        ("--on", "mood"),
        ("--queue", "nowhere.db"),
    ],
    ids=" ".join,
)
def test_a_wrong_call_is_one_sentence(hitl: Hitl, home: Path, arguments: tuple[str, ...]) -> None:
    write(home, "item,reviewer,label\n1,a,x\n")
    ran = hitl("agreement", *arguments)
    assert ran.code in (2, 3)
    assert ran.out == "" and ran.err.startswith("hitl: ") and ran.err.count("\n") == 1


def test_the_terminal_gets_a_table_the_pairs_the_worst_one_and_words(
    hitl: Hitl, home: Path
) -> None:
    rows = ["item,reviewer,label"]
    for n in range(60):
        rows += [f"{n},ann,{'ab'[n % 2]}", f"{n},bob,{'ab'[n % 2]}", f"{n},cy,{'ab'[n // 7 % 2]}"]
    path = write(home, "\n".join(rows))
    ran = hitl("agreement", "--ratings", path, "--labels", "a,b", "--by", "label")
    assert "180 ratings of 60 items by 3 reviewers, 2 labels, nominal" in ran.out
    assert "Cohen's kappa of each pair" in ran.out
    assert "The pair that agrees least: " in ran.out and "cy (across)" in ran.out
    assert "without cy alpha would be 1.00" in ran.out
    assert "not for other reviewers" in ran.out
    assert max(len(line) for line in ran.out.splitlines()) <= 120


def test_a_word_is_earned_by_the_lower_bound_and_the_scale_is_the_houses(
    hitl: Hitl, home: Path
) -> None:
    rows = [f"{n},{who},{'ab'[n % 2]}" for n in range(80) for who in ("x", "y")]
    rows[0] = "0,x,b"
    path = write(home, "item,reviewer,label\n" + "\n".join(rows))
    assert "almost perfect" in hitl("agreement", "--ratings", path).out
    (home / "hitl.toml").write_text('[agreement.words]\n"good enough" = 0.5\n', "utf-8")
    out = hitl("agreement", "--ratings", path).out
    assert "good enough" in out and "perfect" not in out


def test_names_that_are_hostile_are_shown_and_no_spreadsheet_runs_them(
    hitl: Hitl, home: Path
) -> None:
    path = write(
        home, "item,reviewer,label\n1,=cmd(),\x1b[31mx\n1,\u202eb,y\n2,=cmd(),y\n2,\u202eb,y\n"
    )
    ran = hitl("agreement", "--ratings", path, "--export", home / "out", "--json")
    assert ran.code == 0
    assert "\x1b" not in hitl("agreement", "--ratings", path, "--by", "reviewer").everything
    with (home / "out" / "reviewers.csv").open(encoding="utf-8", newline="") as stream:
        people = [row["reviewer"] for row in csv.DictReader(stream)]
    assert people[0] == "'=cmd()"
    assert all(
        "\x1b" not in (home / "out" / name).read_text("utf-8")
        for name in ("labels.csv", "report.md")
    )


def test_the_export_has_every_table_and_a_report(hitl: Hitl, home: Path) -> None:
    import pyarrow.parquet

    path = write(home, "item,reviewer,label\n1,a,x\n1,b,y\n2,a,x\n2,b,x\n")
    ran = hitl("agreement", "--ratings", path, "--export", "out")
    assert ran.code == 0
    with (home / "out" / "coefficients.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["name"]: row for row in csv.DictReader(stream)}
    assert rows["percent"]["value"] == "0.5"
    assert rows["cohen_kappa"]["value"] == "0.0"
    table = pyarrow.parquet.read_table(home / "out" / "coefficients.parquet")
    assert table.column("name").to_pylist() == list(rows)
    assert "4 ratings of 2 items" in (home / "out" / "report.md").read_text("utf-8")


class TestFromAQueue:
    @pytest.fixture(autouse=True)
    def _queue(self, home: Path) -> None:
        queue = open_queue("hitl.db", clock=utc_now, create=True)
        fill(queue, "c1", "c2", "c3", overlap=2, pool="general")
        fill(queue, "c4", overlap=2, pool="legal")
        for reviewer, decisions in (
            ("ann", ("approve", "reject", "approve", "reject")),
            ("bob", ("approve", "approve", "approve", "reject")),
        ):
            for decision in decisions:
                labels = ["tone"] if decision == "reject" else []
                judge(queue, reviewer, decision, labels=labels)
        fill(queue, "c5", overlap=3)
        judge(queue, "ann", "escalate")
        (claim,) = queue.claim("bob", case_id="c5")
        undone = verdict(claim, "bob", "reject")
        queue.submit(undone)
        queue.undo("bob", undone.id)
        queue.close()

    def test_decisions_are_the_ratings_without_escalations_and_undone_ones(
        self, hitl: Hitl
    ) -> None:
        found = hitl("agreement", "--json").json
        assert (found["n_items"], found["n_ratings"], found["q"]) == (4, 8, 3)
        assert found["coefficients"]["percent"]["value"] == 0.75

    def test_a_dispute_counts_as_it_was_before_its_adjudication(self, hitl: Hitl) -> None:
        before = hitl("agreement", "--json").json["coefficients"]
        ran = hitl(
            "adjudicate", "c2", "reject", "--cause", "error", "--reviewer", "judge", "--note", "x"
        )
        assert ran.code == 0
        assert hitl("agreement", "--json").json["coefficients"] == before

    def test_labels_and_groups_can_be_looked_at(self, hitl: Hitl) -> None:
        on_label = hitl("agreement", "--on", "label:tone", "--json").json
        assert (on_label["q"], on_label["coefficients"]["percent"]["value"]) == (2, 0.75)
        by_pool = hitl("agreement", "--by", "pool", "--json").json["groups"]
        assert {name: group["n_items"] for name, group in by_pool.items()} == {
            "general": 3,
            "legal": 1,
        }
        assert by_pool["legal"]["coefficients"]["percent"]["reason"] == "n_items<2"
        (week,) = hitl("agreement", "--by", "week", "--json").json["groups"]
        assert week.startswith("20") and "-W" in week
        assert hitl("agreement", "--on", "severity", "--json").json["n_ratings"] == 0
        assert hitl("agreement", "--kind", "preference", "--json").json["n_ratings"] == 0
        assert "legal" in hitl("agreement", "--by", "pool").out
