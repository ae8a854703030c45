"""What is kept of a measurement: its table in place of the last one, its single figures, its picture."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import __main__ as bench
from benchmarks import plots
from benchmarks.measure import Section, ratios, spread

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bench, "RESULTS", tmp_path / "results.md")
    monkeypatch.setattr(plots, "RAW", tmp_path / "raw")
    monkeypatch.setattr(plots, "PLOTS", tmp_path / "plots")
    return tmp_path / "results.md"


def test_a_section_takes_the_place_of_its_last_measurement(results: Path) -> None:
    bench.write(Section("Warm answer", [("", "ms"), ("with", "1")], raw={"with": [0.1, 0.3]}))
    bench.write(Section("Other", [("", "s"), ("x", "2")]))
    bench.write(Section("Warm answer", [("", "ms"), ("with", "7")], raw={"with": [0.7, 0.9]}))
    text = results.read_text()
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## Warm answer", "## Other"]
    assert "| with | 7 |" in text and "| with | 1 |" not in text and "| x | 2 |" in text
    assert json.loads((results.parent / "raw" / "warm-answer.json").read_text())["raw"] == {"with": [0.7, 0.9]}
    assert "plots/warm-answer.svg" in text and "plots/other.svg" not in text


def test_a_bar_is_as_long_as_its_median_and_its_line_reaches_from_least_to_most() -> None:
    drawn = ElementTree.fromstring(plots.bars([("seconds", {"a": [1.0, 2.0, 4.0], "b": [1.0]})], "Two"))
    long, short = (float(bar.attrib["width"]) for bar in drawn.iter(f"{SVG}rect"))
    assert long / short == pytest.approx(2.0, abs=0.01)
    assert len([path for path in drawn.iter(f"{SVG}path") if path.attrib["class"] == "whisker"]) == 1
    assert {"2.00", "1.00", "seconds", "a", "b"} <= {text.text for text in drawn.iter(f"{SVG}text")}


def test_what_comes_from_data_is_text() -> None:
    drawn = ElementTree.fromstring(plots.bars([("<b>", {"a & <i>": [1.0]})], '"<script>'))
    assert "a & <i>" in [text.text for text in drawn.iter(f"{SVG}text")]


@pytest.mark.parametrize("kept", sorted(plots.RAW.glob("*.json")), ids=lambda path: path.stem)
def test_every_kept_measurement_can_be_drawn_again(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plots, "PLOTS", tmp_path)
    if plots.draw(kept.stem):
        assert (tmp_path / f"{kept.stem}.svg").read_text() == (
            Path(bench.RESULTS).parent / "plots" / f"{kept.stem}.svg"
        ).read_text()


def test_ratios_are_pair_by_pair() -> None:
    assert ratios([2.0, 9.0], [1.0, 3.0]) == [2.0, 3.0]
    assert spread([0.002, 0.001, 0.004], 1000, 0) == "2 (1 to 4)"
