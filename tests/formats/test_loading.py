"""Every export loads with Hugging Face `datasets`, all splits at once, as those who train do it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hitl_tui.cli import main
from hitl_tui.formats.writers import WRITERS
from tests.formats.judged import build
from tests.queue.world import FakeClock

PLAIN = [name for name, one in WRITERS.items() if not one.parts and name != "agreement"]
PARQUET = ["sft", "dpo", "kto", "reward", "prm", "classifier", "critique", "hh", "verdicts"]


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every format of one queue, in one directory each."""
    home = tmp_path_factory.mktemp("exports")
    build(home / "hitl.db", FakeClock()).close()
    queue = ("--queue", str(home / "hitl.db"))
    for name in WRITERS:
        assert (
            main(["export", name, *queue, "--out", str(home / name), "--split", "0.4/0.3/0.3"]) == 0
        )
    for name in PARQUET:
        out = str(home / f"{name}.parquet")
        assert main(["export", name, *queue, "--out", out, "--parquet"]) == 0
    return home


@pytest.fixture(scope="module")
def datasets() -> Iterator[Any]:
    import datasets as library

    library.disable_progress_bars()
    yield library
    library.enable_progress_bars()


def manifest(directory: Path) -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = json.loads((directory / "manifest.json").read_bytes())["files"]
    return [file for file in files if "provenance" not in file["name"]]


def load(datasets: Any, directory: Path, cache: Path) -> tuple[Any, dict[str, int]]:
    files = {file["name"].partition(".")[0]: file for file in manifest(directory)}
    ending = next(iter(files.values()))["name"].rpartition(".")[2]
    kind = ending if ending in ("csv", "parquet") else "json"
    paths = {name: str(directory / file["name"]) for name, file in files.items()}
    loaded = datasets.load_dataset(kind, data_files=paths, cache_dir=str(cache))
    return loaded, {name: file["rows"] for name, file in files.items()}


@pytest.mark.parametrize("name", PLAIN)
def test_it_loads_with_all_its_splits(
    datasets: Any, exports: Path, tmp_path: Path, name: str
) -> None:
    loaded, rows = load(datasets, exports / name, tmp_path)
    assert {split: len(found) for split, found in loaded.items()} == rows


def test_the_ratings_beside_the_statistics_load_too(
    datasets: Any, exports: Path, tmp_path: Path
) -> None:
    place = exports / "agreement"
    loaded = datasets.load_dataset(
        "csv", data_files=str(place / "ratings.csv"), cache_dir=str(tmp_path)
    )["train"]
    assert loaded.column_names == ["item", "reviewer", "label", "kind"]
    assert json.loads((place / "agreement.json").read_bytes())["n_ratings"] == len(loaded)
    assert {path.suffix for path in place.iterdir()} == {".csv", ".json", ".md"}


@pytest.mark.parametrize("name", PARQUET)
def test_its_parquet_says_the_same(datasets: Any, exports: Path, tmp_path: Path, name: str) -> None:
    columns, _ = load(datasets, exports / f"{name}.parquet", tmp_path)
    lines, _ = load(datasets, exports / name, tmp_path)
    assert columns.keys() == lines.keys()
    for split, found in lines.items():
        if name != "verdicts":
            assert found.features == columns[split].features
        assert [json.dumps(row) for row in found] == [json.dumps(row) for row in columns[split]]


def test_a_repository_has_a_config_for_each_use(
    datasets: Any, exports: Path, tmp_path: Path
) -> None:
    place = str(exports / "hf")
    configs = datasets.get_dataset_config_names(place)
    assert configs == ["sft", "dpo", "kto", "reward", "prm", "classifier", "verdicts"]
    counted: dict[str, int] = {}
    for file in manifest(exports / "hf"):
        config = file["name"].split("/")[1] if "/" in file["name"] else ""
        counted[config] = counted.get(config, 0) + file["rows"]
    for config in configs:
        loaded = datasets.load_dataset(place, config, cache_dir=str(tmp_path))
        assert sum(len(found) for found in loaded.values()) == counted[config]
    card = (exports / "hf" / "README.md").read_text("utf-8")
    assert "returns/opened@12ab" in card
    assert 'license: "other"' in card
