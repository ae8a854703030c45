"""Training pairs: what is made from SQuADShifts' passages says what it claims to say."""

from __future__ import annotations

import random
import re
from dataclasses import replace

import pytest
from tokenizers import Tokenizer

from index.embed import MODELS
from training import near_misses
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
PLAIN = Shaping(prefix=0, bullets=0, drop=0, no_mark=0, typo=0, gap=0)


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
        assert [bool(pair.answers) for pair in pairs] == [True, False, False, False, False]
        start, end = pairs[0].answers[0]
        assert pairs[0].passage[start:end] == "Ghent"
        assert "Ghent" not in pairs[1].passage
        assert "Three envoys" in pairs[1].passage
        assert "Ghent" not in pairs[4].passage or pairs[4].question != question.text
        assert len({(pair.question, pair.passage) for pair in pairs}) == 5


def test_negatives_are_found_where_nothing_was_mined() -> None:
    pairs = draw_pairs(SOURCES, asked("Ghent"), Candidates((), (), ()), headings_of(SOURCES), PLAIN, random.Random(2))
    assert len({(pair.question, pair.passage) for pair in pairs}) == 5


def test_what_answers_another_question_may_be_left_out_beside_an_answer() -> None:
    others = [asked("nine days", "How long did a journey take?", 3), asked("coach", "How did envoys travel?", 3)]
    gaps = set()
    for seed in range(40):
        question = asked("Many", "How many fell ill?", 3)
        pair = draw_pairs(
            SOURCES,
            question,
            Candidates((1,), (2,), ()),
            headings_of(SOURCES),
            replace(PLAIN, gap=1),
            random.Random(seed),
            others,
        )[0]
        start, end = pair.answers[0]
        assert pair.passage[start:end] == "Many"
        gaps |= {word for word in ("nine days", "coach") if word not in pair.passage}
    assert gaps == {"nine days", "coach"}


def without(text: str, answer: str, question: str, seed: int) -> str | None:
    start = text.index(answer)
    return near_misses.without_answer(text, [(start, start + len(answer))], question, random.Random(seed))


@pytest.mark.parametrize("seed", range(20))
def test_an_answer_is_left_out_and_the_rest_of_the_passage_stays(seed: int) -> None:
    text = "The cable was mended by Oceanic in 2020. A clerk, Ada Moor, kept 14 letters about it."
    for answer in ("Oceanic", "2020", "Ada Moor", "14"):
        changed = without(text, answer, "Which company mended the cable?", seed)
        assert changed is not None
        assert answer not in changed
        kept = [word for word in ("cable", "mended", "clerk", "letters", "Oceanic", "2020") if word != answer]
        assert all(word in changed for word in kept), changed


def test_what_a_question_asks_the_name_of_may_stand_for_the_answer() -> None:
    found = {without("Oceanic mended it. It held.", "Oceanic", "Which firm mended it?", seed) for seed in range(40)}
    assert "The firm mended it. It held." in found


def test_an_answer_that_is_said_again_or_marked_in_two_places_is_not_left_out() -> None:
    chance = random.Random(1)
    assert near_misses.without_answer("Ada came. Then Ada left.", [(0, 3)], "Who came?", chance) is None
    assert near_misses.without_answer("Ada came. Bo left.", [(0, 3), (10, 12)], "Who came?", chance) is None


@pytest.mark.parametrize("seed", range(40))
def test_what_is_exchanged_is_said_by_question_or_passage_alone(seed: int) -> None:
    text = "In 1814 the 3rd treaty was signed in Ghent by the oldest envoy. Vienna was not told of its 14 articles."
    start = text.index("Ghent")
    shared = ("1814", "3rd", "oldest", "14 articles")
    for question in (f"Where was it signed, of {word}?" for word in shared):
        made = near_misses.exchanged(question, text, [(start, start + 5)], ["Vienna"], random.Random(seed))
        assert made is not None
        word = question.removeprefix("Where was it signed, of ").rstrip("?").split()[0]
        in_question, in_text = (re.search(rf"\b{word}\b", part) is not None for part in made)
        assert in_question != in_text
        assert "Ghent" in made[1]


def test_nothing_shared_nothing_exchanged() -> None:
    assert near_misses.exchanged("Where was it?", "It was in Ghent.", [(10, 15)], ["Vienna"], random.Random(1)) is None


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
