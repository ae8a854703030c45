"""What the support check believes, and what it does not. The passage is made up, and so are its people."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.verify import overlap, supports

PASSAGE = (
    "The Meridian Institute (MI) opened its third laboratory in Lisbon on 4 March 2019. "
    "It cost 12.5 million euros and employs 340 people, 40% of whom are engineers. "
    "Clara Voss, who directs the laboratory, defeated Pavel Orlov in the vote for the post. "
    "The laboratory does not receive public money. "
    "A smaller workshop in Porto, founded in 1987, was closed after the flood. "
    "Its pipes reached a depth of 80 metres and temperatures fell to -5 °C."
)

FAITHFUL = [
    "The institute's 3rd laboratory was opened in Lisbon on March 4, 2019.",
    "The laboratory opened in Lisbon on 2019-03-04.",
    "The laboratory opened in March 2019.",
    "MI opened its third laboratory in 2019.",
    "The laboratory cost €12.5 million.",
    "The laboratory cost 12,500,000 euros.",
    "It employs about 340 people.",
    "40 percent of its people are engineers.",
    "Engineers make up 40 per cent of the employees.",
    "Clara Voss is director of the laboratory.",
    "Pavel Orlov was defeated by Clara Voss in the vote.",
    "The lab's director, Voss, defeated Orlov.",
    "The laboratory receives no public money.",
    "The laboratory doesn't receive public money.",
    "The workshop in Porto was founded in 1987 and closed after the flood.",
    "Its pipes reached a depth of 0.08 kilometres.",
    "According to the document, temperatures fell to -5 °C.",
]

FALSE = [
    ("The institute opened its fourth laboratory in Lisbon.", "fourth"),
    ("The laboratory opened in Lisbon on 5 March 2019.", "5 March 2019"),
    ("The laboratory opened in Lisbon on 4 May 2019.", "4 May 2019"),
    ("The laboratory opened in Madrid on 4 March 2019.", "Madrid"),
    ("The laboratory opened in Porto on 4 March 2019.", "Lisbon"),
    ("The laboratory in Lisbon opened in 1987.", "1987"),
    ("It cost 12.5 billion euros.", "12.5 billion"),
    ("It cost 12.5 million dollars.", "dollars"),
    ("It cost 125 million euros.", "125"),
    ("It employs 340% of engineers.", "340%"),
    ("It employs 40 people.", "40"),
    ("Temperatures fell to 5 °C.", "5 °C"),
    ("Its pipes reached a depth of 80 kilometres.", "80 kilometres"),
    ("Pavel Orlov defeated Clara Voss in the vote.", "other way round"),
    ("Clara Voss was defeated by Pavel Orlov in the vote.", "other way round"),
    ("The laboratory receives public money.", "denies"),
    ("The laboratory does not employ engineers.", "denies"),
    ("A larger workshop in Porto was closed after the flood.", "opposite"),
    ("The workshop in Porto was opened after the flood.", "opposite"),
    ("The workshop was closed before the flood.", "opposite"),
    ("The annual budget is approved by a council of seven ministers.", "words"),
]


@pytest.mark.parametrize("claim", FAITHFUL)
def test_what_the_passage_says_in_other_words_is_supported(claim: str) -> None:
    verdict = supports(claim, [PASSAGE])
    assert verdict.supported, verdict.reasons
    assert verdict.score > 0.5


@pytest.mark.parametrize(("claim", "reason"), FALSE)
def test_what_it_does_not_say_is_not_and_the_reason_names_it(claim: str, reason: str) -> None:
    verdict = supports(claim, [PASSAGE])
    assert not verdict.supported
    assert any(reason in given for given in verdict.reasons), verdict.reasons


def test_nothing_is_supported_by_nothing() -> None:
    assert not supports("The laboratory is in Lisbon.", []).supported
    assert not supports("The laboratory is in Lisbon.", [""]).supported


def test_names_and_dates_may_come_from_the_context_but_wording_may_not() -> None:
    claim = "At the Geneva summit the delegates agreed on a common budget."
    evidence = ["The delegates agreed on a common budget."]
    assert not supports(claim, evidence).supported
    assert supports(claim, evidence, ["Geneva summit, 2021"]).supported
    assert not supports("The delegates agreed on a common budget.", ["Nothing of it."], evidence).supported


def test_several_passages_bear_a_claim_out_together() -> None:
    claim = "The institute opened in 1950 and moved to Bergen in 1971."
    assert supports(claim, ["The institute opened in 1950.", "The institute moved to Bergen in 1971."]).supported


def test_an_abbreviation_counts_where_the_text_spells_it_out() -> None:
    evidence = ["The Norwegian Fisheries Directorate (NFD) sets the quota."]
    assert supports("The NFD sets the quota.", evidence).supported
    assert supports(
        "The Norwegian Fisheries Directorate sets the quota.", ["The NFD sets the quota."], evidence
    ).supported
    assert not supports("The NFA sets the quota.", evidence).supported


def test_overlap_tells_which_sentence_has_which_words() -> None:
    words, exact = overlap(
        "The fee rose to 30 dollars in 2001.", ["The fee rose to 30 dollars.", "It happened in 2001."]
    )
    assert words[0] & exact and words[1] & exact and not words[0] & words[1]


@given(st.text(max_size=200), st.lists(st.text(max_size=200), max_size=3))
def test_any_text_at_all_gets_a_verdict(claim: str, evidence: list[str]) -> None:
    verdict = supports(claim, evidence)
    assert 0.0 <= verdict.score <= 1.0
    assert verdict.supported == (not verdict.reasons)
    assert supports(claim, evidence) == verdict


@given(st.sampled_from(PASSAGE.split(". ")))
def test_a_sentence_bears_itself_out(sentence: str) -> None:
    assert supports(sentence, [PASSAGE]).supported


def test_the_measurement_says_plainly_that_its_data_is_missing(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.verify_pairs", "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    assert ran.returncode == 2
    assert "--data" in ran.stderr and "Traceback" not in ran.stderr
