"""Training pairs: what is made from SQuADShifts' passages says what it claims to say."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from tokenizers import Tokenizer

from index.embed import MODELS
from training.made_questions import make
from training.reader_data import (
    Candidates,
    Question,
    Shaping,
    Source,
    draw_pairs,
    featurize,
    headings_of,
    sentence_spans,
    span_weights,
)

TEXTS = (
    "The treaty was signed in Ghent in 1814. Three envoys came from London. They stayed for five months at an inn.",
    "A second treaty followed in Vienna. It was signed by seven powers. Nobody kept a list of the guests.",
    "The inn burnt down in 1902. A school stands in its place. It has two hundred pupils today.",
    "Envoys of that time travelled by coach. A journey took nine days. Many fell ill on the way.",
    "Coaches were built in Leuven. Each had four wheels. The wood came from the Ardennes.",
)
SOURCES = [Source(text, "new_wiki", "Treaties", sentence_spans(text)) for text in TEXTS]
PLAIN = Shaping(prefix=0, bullets=0, drop=0, no_mark=0, typo=0)


def asked(answer: str, text: str = "Where was the treaty signed?", source: int = 0) -> Question:
    start = TEXTS[source].index(answer)
    return Question(text, source, ((start, start + len(answer)),))


@pytest.mark.parametrize("seed", range(40))
def test_a_made_question_lacks_what_was_taken_out_of_its_sentence(seed: int) -> None:
    chance = random.Random(seed)
    source = chance.choice(SOURCES)
    begin, end = sentence = chance.choice(source.sentences)
    made = make(source.text, sentence, chance)
    if made is None:
        return
    question, (start, stop) = made
    assert begin <= start < stop <= end
    words = set(question.rstrip("?").split()) - {"What", "Who", "When", "Where", "How", "Which", "In", "many", "much"}
    assert words, question
    assert source.text[start:stop] not in question
    assert question[0].isupper()


def test_a_short_sentence_makes_no_question() -> None:
    assert make("It did.", (0, 7), random.Random(1)) is None


def test_the_same_seed_makes_the_same_question() -> None:
    first, second = (make(TEXTS[0], SOURCES[0].sentences[0], random.Random(5)) for _ in range(2))
    assert first is not None
    assert first == second


def test_of_a_question_s_pairs_only_the_first_is_answered() -> None:
    question = asked("Ghent")
    for seed in range(20):
        pairs = draw_pairs(
            SOURCES, question, Candidates((1, 2), (2, 3), (4,)), headings_of(SOURCES), PLAIN, random.Random(seed)
        )
        assert [bool(pair.answers) for pair in pairs] == [True, False, False, False]
        start, end = pairs[0].answers[0]
        assert pairs[0].passage[start:end] == "Ghent"
        assert "Ghent" not in pairs[1].passage
        assert "Three envoys" in pairs[1].passage
        assert len({(pair.question, pair.passage) for pair in pairs}) == 4


def test_negatives_are_found_where_nothing_was_mined() -> None:
    pairs = draw_pairs(SOURCES, asked("Ghent"), Candidates((), (), ()), headings_of(SOURCES), PLAIN, random.Random(2))
    assert len({(pair.question, pair.passage) for pair in pairs}) == 4


def test_an_answer_stays_where_it_is_said_in_every_shape() -> None:
    shapes = replace(PLAIN, prefix=1, bullets=1, drop=1)
    for seed in range(20):
        pair = draw_pairs(
            SOURCES, asked("1814"), Candidates((1,), (2,), ()), headings_of(SOURCES), shapes, random.Random(seed)
        )[0]
        start, end = pair.answers[0]
        assert pair.passage[start:end] == "1814"
        assert pair.passage.startswith("- ")
        assert pair.prefix.startswith("Treaties")


def test_features_put_the_weight_on_the_answer_s_tokens() -> None:
    tokenizer = Tokenizer.from_file(str(MODELS / "tokenizer.json"))
    chance = random.Random(1)
    pair = draw_pairs(
        SOURCES, asked("Ghent"), Candidates((1,), (2,), ()), headings_of(SOURCES), replace(PLAIN, prefix=1), chance
    )[0]
    features = featurize(pair, tokenizer.encode(pair.question, f"{pair.prefix}\n{pair.passage}"), 64, chance)
    assert features is not None
    (start,), (end,) = features.starts, features.ends
    assert tokenizer.decode(features.ids[start : end + 1]) == "ghent"
    assert features.allowed[start] and features.allowed[0]
    assert not any(features.allowed[1 : features.types.index(1)])


def test_the_favourite_of_the_annotators_weighs_most_and_weights_sum_to_one() -> None:
    weights = span_weights([(0, 5), (0, 5), (0, 9)])
    assert weights[(0, 5)] > weights[(0, 9)]
    assert sum(weights.values()) == pytest.approx(1)
