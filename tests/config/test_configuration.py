"""`hitl.toml`: the example is the defaults, errors say where and what is allowed, the order of places."""

from __future__ import annotations

import inspect
import re
import tomllib
from pathlib import Path

import pytest

from hitl_tui.config import settings as rooms
from hitl_tui.config.load import ConfigError, Configuration, configuration, parse
from hitl_tui.config.places import config_dir, shipped, state_dir
from hitl_tui.config.settings import Section, Settings

ROOT = Path(__file__).parents[2]


def test_the_commented_example_is_exactly_the_defaults() -> None:
    assert parse((ROOT / "hitl.toml").read_text(), "hitl.toml") == Settings()


def test_the_example_names_every_setting() -> None:
    text = (ROOT / "hitl.toml").read_text()
    sections = [
        one for one in vars(rooms).values() if inspect.isclass(one) and issubclass(one, Section)
    ]
    for section in sections:
        assert [name for name in section.model_fields if name not in text] == []


def test_what_the_example_comments_out_is_valid_too() -> None:
    text = re.sub(r"^# (?=\w+ = |\[)", "", (ROOT / "hitl.toml").read_text(), flags=re.MULTILINE)
    found = parse(text, "hitl.toml")
    assert found.pools["medical"].reviewers == ("alice", "bob")


def test_every_field_has_a_docstring() -> None:
    sections = [
        one for one in vars(rooms).values() if inspect.isclass(one) and issubclass(one, Section)
    ]
    for section in sections:
        lines = inspect.getsource(section).splitlines()
        for number, line in enumerate(lines):
            if line.startswith("    ") and line.strip().split(":")[0] in section.model_fields:
                assert lines[number + 1].strip().startswith('"""'), (section, line)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[queue]\nadress = "x"', "queue.adress is not a setting; did you mean queue.address?"),
        ("[qeue]\n", "qeue is not a setting; did you mean queue?"),
        ("[queue]\nzzz = 1", "queue.zzz is not a setting; there are: address, lease, batch"),
        ('[pools.a]\nreviewer = ["x"]', "did you mean pools.a.reviewers?"),
        (
            '[[labels.reason]]\nid="x"\ntext="t"\nkex="1"',
            "did you mean labels.reason.key (number 1)?",
        ),
        ('[review]\nguard_ms = "x"', "review.guard_ms takes a whole number"),
        ("[review]\nguard_ms = 250.0", "review.guard_ms takes a whole number"),
        ("[review]\nscores_hidden = 1", "review.scores_hidden takes true or false"),
        (
            "[review]\nmark_budget = 2.0",
            "review.mark_budget takes a number up to 1",
        ),
        ("[queue]\nbatch = 0", "queue.batch takes a number from 1 on"),
        ('[queue]\nlease = "soon"', "queue.lease: a duration is a positive number and one of"),
        (
            '[[labels.reason]]\nid="x"\ntext="t"\nkey="ab"',
            "labels.reason.key (number 1) takes one digit or small letter",
        ),
        (
            '[[labels.reason]]\nid="x"\ntext="t"\ndecisions=["fly"]',
            "`decisions` takes only: a, agree",
        ),
        ('[[labels.reason]]\nid="x"\ntext="t"\n[[labels.reason]]\nid="x"\ntext="t"', "same `id`"),
        ("[queue", "is not TOML: "),
        ("[keys]\napprove = 1", "keys.approve takes a list, such as "),
        ('lease = "5m"', "lease is not a setting; queue.lease is: it stands under [queue]"),
        ("[review]\nbatch = 5", "review.batch is not a setting; queue.batch is: "),
        ('[queue]\nlease = "8d"', "queue.lease: a lease is at most seven days"),
        ("queue = 5", "queue takes a table"),
        ("[pools]\nmedical = 5", "pools.medical takes a table"),
        ('[reviewer]\npools = "medical"', 'reviewer.pools takes a list, such as ["one", "two"]'),
        ("[reviewer]\nname = 5", "reviewer.name takes a text in quotes"),
        ('[review]\ntheme = "dark"', "review.theme takes 'hitl-dark', 'hitl-light', "),
        ('[review]\nguideline = ""', "review.guideline takes a text that is not empty"),
        ('[[labels.reason]]\nid = "x"', "labels.reason.text (number 1) is missing"),
    ],
)
def test_a_wrong_file_says_where_and_what_is_allowed(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(text, "my.toml")
    assert refused.value.sentence.startswith("my.toml")
    assert words in refused.value.sentence


def test_an_action_takes_one_key_or_several() -> None:
    found = parse('[keys]\napprove = "a"\nreject = ["x", "r"]', "x").keys
    assert found == {"approve": ("a",), "reject": ("x", "r")}


def test_naming_one_reason_replaces_all_defaults() -> None:
    found = parse('[[labels.reason]]\nid = "only"\ntext = "t"', "x").labels
    assert [reason.id for reason in found.reason] == ["only"]


def test_labels_are_outside_the_schema_by_kind_and_decision() -> None:
    text = '[[labels.reason]]\nid="l"\ntext="t"\nkinds=["response"]\ndecisions=["reject"]'
    labels = parse(text, "x").labels
    assert labels.outside(("l",), "response", "reject") == ()
    assert labels.outside(("l", "m"), "response", "approve") == ("l", "m")
    assert labels.outside(("l",), "action", "deny") == ("l",)


def test_the_file_given_comes_before_the_directory_s_and_the_user_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))
    places = [tmp_path / "given.toml", tmp_path / "hitl.toml", config_dir() / "hitl.toml"]
    config_dir().mkdir(parents=True)
    for number, place in enumerate(places, 1):
        place.write_text(f"[queue]\nbatch = {number}\n")
    found = [configuration(places[0]).settings.queue.batch]
    for place in places[1:]:
        found.append(configuration(None).settings.queue.batch)
        place.unlink()
    assert found == [1, 2, 3]
    assert configuration(None) == Configuration(Settings(), None)


@pytest.mark.parametrize(
    ("name", "words"),
    [("no.toml", "is not there"), (".", "is a directory"), ("latin", "not UTF-8 at byte 6")],
)
def test_a_file_given_that_cannot_be_read_is_named(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "latin").write_bytes(b"a = 'x\xe9'"[:5] + b"\xe9'")
    with pytest.raises(ConfigError, match=words):
        configuration(tmp_path / name)


def test_the_address_in_a_file_starts_at_the_file() -> None:
    def address(text: str, given: str | None = None) -> str:
        return Configuration(parse(text, "x"), Path("dir/hitl.toml")).queue_address(given)

    assert address("") == "hitl.db"
    assert address('[queue]\naddress = "q.db"') == "dir/q.db"
    assert address('[queue]\naddress = "/abs.db"') == "/abs.db"
    assert address('[queue]\naddress = "sqlite:///q.db"') == "sqlite:///q.db"
    assert address('[queue]\naddress = "q.db"', "given.db") == "given.db"


def test_the_user_s_directories_follow_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/c")
    monkeypatch.setenv("XDG_STATE_HOME", "/s")
    assert (config_dir(), state_dir()) == (Path("/c/hitl"), Path("/s/hitl"))


def test_what_ships_with_the_program_is_found() -> None:
    assert tomllib.loads(shipped("hitl.toml").read_text())["queue"]["batch"] == 10
    assert shipped("sample_data").is_dir()


def test_every_reason_has_its_section_in_the_guideline() -> None:
    guideline = shipped("guideline.md").read_text()
    reasons = [reason.id for reason in Settings().labels.reason if reason.id != "other"]
    assert [name for name in reasons if f"{{#{name}}}" not in guideline] == []
