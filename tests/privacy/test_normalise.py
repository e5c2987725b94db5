"""Views of texts: what a detector sees, and the way back."""

import json
import time
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logminer.privacy.normalise import View, leaves, normalise, plain

HIDDEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202a\u202e\u2066\u2069\ufe0f\u034f"
ALIKE = "ӏаеорсухАВЕКМНОРСТХіјοανΑΒΕ"
ODD = "áéñüßøłſﬁﬀ№℀①Ⅷ½²ªｱｶﾞ＠．０９Ａｚ𝐀𝓷𝔫한\u1112\u1161\u11ab\u0301\u0308\u0323が東京…–’“”™  👩‍👩‍👧"
PLAIN = "Anna KowlskБф19.@-_ \n"
texts = st.text(alphabet=st.sampled_from(PLAIN + ODD + HIDDEN + ALIKE), max_size=60)
unlike = st.text(alphabet=st.sampled_from(PLAIN + ODD + HIDDEN), max_size=60)
anything = st.text(max_size=60)


def places(view: View, part: str, text: str) -> list[str]:
    """What of `text` the first occurrence of `part` in its view stands for."""
    start = view.text.index(part)
    return [text[first:last] for first, last in view.original(start, start + len(part))]


# ---- normalise


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Ａｎｎａ　Ｋｏｗａｌｓｋａ", "Anna Kowalska"),
        ("𝐀𝓷𝔫𝖺 𝗞owalska", "Anna Kowalska"),
        ("A\u200bnna Ko\u00adwal\u200dska", "Anna Kowalska"),
        ("\u202eAnna\u202c Kowalska\ufeff", "Anna Kowalska"),
        ("Аnnа Kоwаlskа", "Anna Kowalska"),  # Cyrillic А, а and о
        ("Αnna Κowalska", "Anna Kowalska"),  # Greek Α and Κ
        ("Jose\u0301 Mu\u0308ller", "José Müller"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"),
        ("anna＠mail．test", "anna@mail.test"),
        ("☎ ０６０１ ２３４", "☎ 0601 234"),
        ("ﬁrst oﬃce", "first office"),
        ("Dupont №5", "Dupont No5"),
    ],
)  # fmt: skip
def test_what_hides_a_name_is_undone(text: str, seen: str) -> None:
    view = normalise(text)
    assert view.text == seen
    assert plain(text) == seen
    assert "".join(text[a:b] for a, b in view.original(0, len(seen))).strip(HIDDEN) == text.strip(
        HIDDEN
    )


@pytest.mark.parametrize(
    "text",
    ["Анна Мария из Сары", "Ἀθῆναι και Νέα Υόρκη", "5 m², ½ cup, Anna™ …", "3ª planta", "東京都の山田さん", "שלום עולם", "naïve – “quoted”"],
)  # fmt: skip
def test_what_hides_nothing_stays(text: str) -> None:
    assert normalise(text).text == text


def test_ascii_costs_nothing() -> None:
    text = "Anna Kowalska, call 555-0199. " * 200_000
    started = time.process_time()
    view = normalise(text)
    assert time.process_time() - started < 0.1
    assert view.text is text
    assert view.original(3, 9) == [(3, 9)]


@given(texts)
@settings(max_examples=400)
def test_doing_it_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text).text
    assert normalise(once).text == once


@given(anything)
def test_any_text_can_be_looked_at(text: str) -> None:
    view = normalise(text)
    assert all(unicodedata.category(c) != "Cf" or c in "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2" for c in view.text)  # fmt: skip
    check_places(view, text)


def check_places(view: View, text: str) -> None:
    """Places lie in the text, go forward, and neighbours do not cross."""
    done = 0
    for at in range(len(view.text)):
        for first, last in view.original(at, at + 1):
            assert 0 <= first < last <= len(text)
            assert first >= done or last >= done
            done = max(done, first)


@given(unlike, st.data())
def test_places_hold_what_was_seen(text: str, data: st.DataObject) -> None:
    view = normalise(text)
    start = data.draw(st.integers(0, len(view.text)))
    end = data.draw(st.integers(start, len(view.text)))
    found = view.original(start, end)
    if start < end:
        ((first, last),) = found  # one place, with what was left out inside
        assert view.text[start:end] in normalise(text[first:last]).text


def test_a_span_covers_what_was_left_out_inside_of_it() -> None:
    text = "I am An\u200bna Ko\u200bwal\u200bska, hi"
    assert places(normalise(text), "Anna Kowalska", text) == ["An\u200bna Ko\u200bwal\u200bska"]
    assert places(normalise(text), "am", text) == ["am"]
    assert places(normalise(text), ", hi", text) == [", hi"]


# ---- leaves


@pytest.mark.parametrize(
    ("text", "part", "stands_for"),
    [
        (r'{"name": "Anna Kowalska"}', "name: Anna Kowalska\n", ["name", "Anna Kowalska"]),
        (r'{"name": "\u0041nna"}', "Anna", [r"\u0041nna"]),
        (r'see {"to": "Hi\nAnna"} ok', "Anna", ["Anna"]),
        (r'{"a": "{\"to\": \"\\u0041nna\"}"}', "Anna", [r"\\u0041nna"]),
        ('{"phone": 2125550199}', "phone: 2125550199", ["phone", "2125550199"]),
        ('["Anna Kowalska", "Jan Nowak"]', "Jan Nowak", ["Jan Nowak"]),
        ("| Name | City |\n|---|---|\n| Anna Kowalska | Warsaw |", "Anna Kowalska", ["Anna Kowalska"]),
        ("J&uuml;rgen wrote", "Jürgen", ["J&uuml;rgen"]),
        (r"user \u0041nna \ud83d\ude00", "Anna", [r"\u0041nna"]),
        ('print("Hello\\nAnna")', "Anna", ["Anna"]),
    ],
)  # fmt: skip
def test_strings_and_cells_are_seen(text: str, part: str, stands_for: list[str]) -> None:
    view = leaves(text)
    assert view is not None
    assert places(view, part, text) == stands_for


@pytest.mark.parametrize("text", ["", "plain prose", 'He said "no": twice.', "a | b", r"C:\new\users", "x && y", "12:30 and [1, 2]"])  # fmt: skip
def test_prose_has_none(text: str) -> None:
    assert leaves(text) is None


values = st.recursive(
    st.text(alphabet=st.sampled_from('Anna "\\\n\tü\U0001f600{[:,'), max_size=12) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("nameK", min_size=1), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(values, st.booleans())
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_every_string_of_json_is_seen_and_found_again(value: object, ascii_only: bool) -> None:
    text = json.dumps({"k": value}, ensure_ascii=ascii_only)
    view = leaves(text)
    assert view is not None
    check_places(view, text)
    for string in strings(value):
        if string.lstrip()[:1] not in ("{", "["):  # JSON in a string is taken apart
            assert string in view.text


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [s for k, v in value.items() for s in (k, *strings(v))]
    return [s for v in value for s in strings(v)] if isinstance(value, list) else []


def test_a_view_of_a_view_leads_all_the_way_back() -> None:
    text = '{"name": "A\u200bn\\u006ea Kowal\u00adska", "ｃｉｔｙ": "Ｗarsaw"}'
    whole = normalise(text)
    inner = leaves(whole.text)
    assert inner is not None
    view = inner.through(whole)
    assert places(view, "Anna Kowalska", text) == ["A\u200bn\\u006ea Kowal\u00adska"]
    assert places(view, "city: Warsaw", text) == ["ｃｉｔｙ", "Ｗarsaw"]


@pytest.mark.parametrize("unit", ['"', '[{"', "\\", "&a", "| a", '"a\\n', "é\u0301", "A\u200b", "аA", '{"a": "'])  # fmt: skip
def test_hostile_texts_take_linear_time(unit: str) -> None:
    started = time.process_time()
    view = normalise(unit * (400_000 // len(unit)))
    leaves(view.text)
    assert time.process_time() - started < 5
