"""Names that the sources do not hold, hold in part, or hold somewhere else."""

from __future__ import annotations

import pytest

from hitl_tui.grounding import build_index, ground

NEWS = [
    "A freight train derailed near Halverston on Tuesday night, officials said.",
    "Sheriff Dana Whitlock said 17 cars left the tracks. Engineer Paul Brandt remained in critical condition "
    "at St. Anne Hospital. Dr. Miriam Okafor treated two others.",
    "The line is operated by Norcross Rail. It paid a fine after a spill in Caldwell County. "
    "Inspector Lena Hoff checked the bridge in March. A welder, Tom Reyes, repaired the signal in April.",
]
RIGHT = [
    "Sheriff Whitlock said that 17 cars left the tracks.",
    "Paul Brandt remained in critical condition at St. Anne Hospital.",
    "Engineer Brandt is in critical condition.",
    "Dr. Okafor treated two others.",
    "Norcross Rail, the operator, paid a fine after a spill in Caldwell County.",
    "Based on the provided passages, here is what is known about the derailment near Halverston:",
    "**Summary of Events**",
    "Key Findings:",
    "Dear [Manager's Name], the line is operated by Norcross Rail.",
    "Lena Hoff checked the bridge, and Tom Reyes repaired the signal.",
]
WRONG = [
    (
        "Sheriff Carla Mendez said that 17 cars left the tracks.",
        "Carla Mendez",
        "not in the sources",
    ),
    ("Carla Mendez said that 17 cars left the tracks.", "Carla Mendez", "not in the sources"),
    ("Dr. Patel treated two others.", "Patel", "not in the sources"),
    (
        "The doctor who treated them at the hospital, Dr. Patel, is well.",
        "Patel",
        "not in the sources",
    ),
    (
        "Based on the provided passages, here is what is known about the derailment near Velora Thistlewood:",
        "Velora Thistlewood",
        "not in the sources",
    ),
    ("Paul Whitlock remained in critical condition.", "Paul Whitlock", "differs"),
    ("Brandt remained in critical condition at St. Mary Hospital.", "St. Mary", "differs"),
    ("It paid a fine after a spill in Madison County.", "Madison County", "differs"),
    ("The line is operated by Whitlock Rail.", "Whitlock Rail", "differs"),
    ("Inspector Tom Reyes checked the bridge in March.", "Tom", "differs"),
]


@pytest.mark.parametrize("claim", RIGHT)
def test_names_of_the_sources_carry_no_flag(claim: str) -> None:
    assert ground(claim, build_index(NEWS)).flags == ()


@pytest.mark.parametrize(("claim", "name", "what"), WRONG)
def test_another_name_is_flagged(claim: str, name: str, what: str) -> None:
    grounding = ground(claim, build_index(NEWS))
    (flag,) = grounding.flags
    assert (flag.kind, flag.note) == ("name", f"name {what}")
    assert name in claim[flag.start : flag.end]
    assert (flag.source is not None) == (what == "differs")
    assert grounding.clauses[flag.clause].grade != "found"
