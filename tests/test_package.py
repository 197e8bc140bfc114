"""The built wheel is whole: it installs without the source tree and its demo shows a case."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built with what `dev` has installed, without the network."""
    place = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", place, ROOT, cwd=place)
    (built,) = place.glob("*.whl")
    return built


def test_it_carries_the_samples_the_configuration_and_the_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "hitl_tui/sample_data/01-support.jsonl",
        "hitl_tui/config/hitl.toml",
        "hitl_tui/config/guideline.md",
        "hitl_tui/tui/hitl.tcss",
        "hitl_tui/py.typed",
    ):
        assert wanted in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any(name.startswith("tests/") for name in names)


def test_installed_from_the_wheel_the_demo_shows_the_first_case(
    wheel: Path, tmp_path: Path
) -> None:
    place = tmp_path / "installed"
    install = ("-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", place, wheel)
    run(sys.executable, *install, cwd=tmp_path)
    where = run(
        sys.executable,
        "-c",
        "import hitl_tui; print(hitl_tui.__file__)",
        cwd=tmp_path,
        PYTHONPATH=str(place),
    )
    assert Path(where.stdout.strip()).is_relative_to(place)
    demo = run(place / "bin" / "hitl", "demo", cwd=tmp_path, PYTHONPATH=str(place), COLUMNS="120")
    assert "My headphones arrived six weeks ago" in demo.stdout
    assert "Returns policy" in demo.stdout
    assert "hitl review" in demo.stdout
