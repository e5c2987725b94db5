"""Groups are named by what sets them apart."""

from __future__ import annotations

import numpy as np

from logminer.clusters.terms import TextBlock, leading_terms


def toy() -> TextBlock:
    recipes = [f"Bake the chocolate cake in a hot oven, batch {'abc'[i % 3]}" for i in range(12)]
    refusals = ["I am sorry, I can't assist with that request. <PERSON> asked."] * 12
    secret = ["Please whisper abracadabra to the oven"] * 6  # one person's word, said often
    texts = recipes + refusals + secret
    people = [f"u{i % 6}" for i in range(24)] + ["only"] * 6
    groups = [0] * 12 + [1] * 12 + [0] * 6
    return TextBlock(groups, [f"r{i}" for i in range(30)], texts, people)


def test_groups_are_named_by_what_sets_them_apart() -> None:
    terms = leading_terms([toy()])
    assert {"bake", "chocolate"} & {word for term in terms[0] for word in term.split()}
    assert "sorry" in terms[1]
    for found in terms.values():
        words = [word for term in found for word in term.split()]
        assert len(words) == len(set(words))


def test_one_persons_words_name_nothing() -> None:
    terms = leading_terms([toy()], count=100)
    assert not [term for found in terms.values() for term in found if "abracadabra" in term]
    assert not [term for found in terms.values() for term in found if "person" in term]
    two = TextBlock([0, 0], ["a", "b"], ["secret word"] * 2, [None, None])
    assert leading_terms([two]) == {0: ()}


def test_naming_does_not_depend_on_order_or_cutting() -> None:
    whole = toy()
    order = np.random.default_rng(0).permutation(30)
    pieces = [
        TextBlock(*([column[i] for i in rows] for column in whole))
        for rows in np.array_split(order, 4)
    ]
    assert leading_terms(pieces) == leading_terms([whole])
    assert leading_terms([]) == {}
    nulls = whole._replace(texts=[None] * 30)
    assert leading_terms([nulls]) == {}
