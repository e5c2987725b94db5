"""Groups are told apart by what their texts say."""

from __future__ import annotations

import numpy as np

from logminer.clusters.naming import keyphrase_name
from logminer.clusters.terms import profiles
from logminer.clusters.texts import TextBlock

RECIPES = "Bake the chocolate cake in a hot oven, batch {}. Whisk in Belgian cream"
REFUSAL = "I am sorry, I can't assist with that request. <PERSON> asked."


def block(groups: list[int], texts: list[str], people: list[str | None]) -> TextBlock:
    ids = [f"r{i}" for i in range(len(groups))]
    return TextBlock(groups, ids, list[str | None](texts), people, [None] * len(groups))


def toy() -> TextBlock:
    recipes = [RECIPES.format("abc"[i % 3]) for i in range(12)]
    secret = ["Please whisper abracadabra to the oven"] * 6  # one person's word, said often
    people: list[str | None] = [f"u{i % 6}" for i in range(24)]
    return block(
        [0] * 12 + [1] * 12 + [0] * 6,
        [*recipes, *[REFUSAL] * 12, *secret],
        [*people, *["only"] * 6],
    )


def leading_terms(blocks: list[TextBlock], **options: int) -> dict[int, tuple[str, ...]]:
    return {group: profile.terms for group, profile in profiles(blocks, **options).items()}


def test_groups_are_named_by_what_sets_them_apart() -> None:
    terms = leading_terms([toy()])
    assert {"oven", "bake the chocolate cake"} <= set(terms[0])
    assert {"sorry", "assist with that request"} <= set(terms[1])
    for found in terms.values():
        words = [word for term in found for word in term.split()]
        assert len(words) == len(set(words))
    recipes = profiles([toy()])[0]
    assert "Belgian cream" in str(keyphrase_name(recipes).text)  # as it is written
    assert "belgian cream" in " ".join(recipes.terms)


def test_one_persons_words_name_nothing() -> None:
    terms = leading_terms([toy()], count=100)
    assert not [term for found in terms.values() for term in found if "abracadabra" in term]
    assert not [term for found in terms.values() for term in found if "person" in term]
    two = block([0, 0], ["secret word"] * 2, [None, None])
    assert leading_terms([two]) == {0: ()}
    assert keyphrase_name(profiles([two])[0]) == (None, "none", None)


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


def test_scripts_without_spaces_and_other_languages() -> None:
    said = [
        [
            "この植物は毎日の水やりが必要です",
            "植物のトマトに肥料が必要です",
            "庭の植物とトマト",
            "トマトは植物です",
        ],
        ["我们可以使用机器学习来解决", "机器学习是一种方法", "什么是机器学习呢", "他喜欢机器学习"],
        [
            "La recette est dans le livre",
            "une recette très bonne",
            "la recette dans la cuisine",
            "les recettes",
        ],
        ["การเรียนรู้ของเครื่อง", "วิธีการเรียนรู้", "เขาชอบการเรียนรู้", "การเรียนรู้ดี"],
    ]
    groups = [group for group, texts in enumerate(said) for _ in texts]
    people: list[str | None] = [f"u{i}" for i in range(len(groups))]
    terms = leading_terms([block(groups, [text for texts in said for text in texts], people)])
    assert {"植物", "トマト"} <= set(terms[0])
    assert terms[1] == ("机器学习",)
    assert "recette" in terms[2]
    assert terms[3][0] in "การเรียนรู้"
    assert not {"est", "dans", "très", "必要", "一种"} & {
        t for found in terms.values() for t in found
    }


def test_one_template_asked_often_does_not_name_a_group_of_many() -> None:
    topics = [
        "apples",
        "pears",
        "plums",
        "grapes",
        "figs",
        "limes",
        "dates",
        "kiwis",
        "nuts",
        "peas",
    ]
    texts = [f"These {topic} ripen on healthy trees" for topic in topics]
    copies = ["Those frobnicators ripen"] * 6
    ids = [f"r{i}" for i in range(16)]
    asked = [
        *(f"How do {topic} grow?" for topic in topics),
        *["One long template that comes again"] * 6,
    ]
    found = profiles([TextBlock([0] * 16, ids, [*texts, *copies], list(ids), asked)])[0]
    assert found.terms[0] == "ripen on healthy trees"
    assert found.shares["frobnicators"] < 6 / 16 * 0.7
