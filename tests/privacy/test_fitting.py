"""Code, data and markup stay what they are; people inside them go."""

from __future__ import annotations

import ast
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence

import pytest

from logminer.ids import Pseudonyms
from logminer.privacy.anonymiser import Anonymiser
from logminer.privacy.options import AnonymiseOptions, Profile
from logminer.privacy.requests import ConversationRequest

_OPENED: dict[Profile, Anonymiser] = {}


def anonymised(profile: Profile, *texts: str) -> list[str]:
    """Each text as the only message of a conversation, anonymised."""
    if profile not in _OPENED:
        pseudonyms = Pseudonyms(bytes(range(32)), "fitting")
        _OPENED[profile] = Anonymiser(AnonymiseOptions(profile=profile), pseudonyms)
    requests = [
        ConversationRequest([{"role": "user", "content": text}], f"c{i}", "en")
        for i, text in enumerate(texts)
    ]
    done: Sequence[str] = [
        c.messages[0]["content"] for c in _OPENED[profile].conversations(requests)
    ]
    return list(done)


CODE = [
    '@app.route("/x")\ndef index():\n    return render_template("index.html")',
    "class Jordan:\n    def __init__(self, carlo):\n        self.monte = carlo\n",
    "while lo <= hi:\n    mid = (lo + hi) // 2\n    if hi[mid] > x:\n        hi = mid - 1",
    "from keras.models import Sequential\nimport jax\n\nmodel = Sequential()\nmodel.add(Dense(64))",
    "my_stack.append('works')\nself.rear = 0\nresponse = requests.get(url)\nlogits = h @ w.T",
    "for i in range(1, len(s1) + 1):\n    normed_x   = x / magnitude\n    k1 , k2 = b + 1, b + 1",
]


@pytest.mark.parametrize("profile", ["balanced", "strict"])
@pytest.mark.parametrize("fence", ["{}", "Why does this fail?\n\n```python\n{}\n```\n\nThanks!"])
def test_code_keeps_its_words(profile: Profile, fence: str) -> None:
    texts = [fence.format(code) for code in CODE]
    for text, done in zip(texts, anonymised(profile, *texts), strict=True):
        assert done == text


@pytest.mark.parametrize("profile", ["balanced", "strict"])
def test_people_inside_code_go(profile: Profile) -> None:
    texts = [
        '```python\nowner = "Anna Kowalska"  # ask anna.kowalska@mail.test\ncard = 4111111111111111\n```',
        '```sql\nINSERT INTO patients VALUES (7, "Anna Kowalska", "anna.kowalska@mail.test");\n```',
        "x = load()\n# written by Anna Kowalska\nprint(x)",
    ]
    for done in anonymised(profile, *texts):
        assert "Kowalska" not in done
        assert "kowalska" not in done
        assert "4111111111111111" not in done
    assert ast.parse(anonymised(profile, texts[2])[0])


@pytest.mark.parametrize("profile", ["balanced", "strict"])
def test_documents_parse_as_before(profile: Profile) -> None:
    markup = (
        '<rows><row name="Anna Kowalska"><tel>+44 7700 900461</tel><addr>48 Quernmore Mews</addr>'
        '<dob>1990-12-11</dob></row><li class="message bot">Björn Østergård</li></rows>'
    )
    data = json.dumps(
        {"version": "1.4.2", "id": 4821773590, "said": 'in Italy.\n\n2. **"Staff" left**', "name": "Anna Kowalska"}
    )  # fmt: skip
    for text in (markup, f"```xml\n{markup}\n```"):
        (done,) = anonymised(profile, text)
        tree = ElementTree.fromstring(done.removeprefix("```xml\n").removesuffix("\n```"))
        assert [e.tag for e in tree.iter()] == ["rows", "row", "tel", "addr", "dob", "li"]
        assert "Kowalska" not in done
        assert "900461" not in done
    for text in (data, f"```json\n{data}\n```"):
        (done,) = anonymised(profile, text)
        read = json.loads(done.removeprefix("```json\n").removesuffix("\n```"))
        assert (read["version"], read["id"]) == ("1.4.2", 4821773590)
        assert "Kowalska" not in done


def test_web_addresses_end_at_borders() -> None:
    (done,) = anonymised(
        "strict", "See https://jobs.kowalska.company/a?b=1, o.veldkamp or app.route."
    )
    assert done.startswith("See https://example.org/")
    assert "kowalska" not in done
    assert "company" not in done
    assert "app.route" in done


@pytest.mark.parametrize("profile", ["balanced", "strict"])
def test_rows_of_data_keep_their_keys_quotes_and_escapes(profile: Profile) -> None:
    row = {
        "name": "Wojciech Z\u0142otnik",
        "address": "USCGC Lee\nFPO AA 85215",
        "ssn": "094-87-0896",
        "iban": "DE62427652729417593194",
        "token": "sk" + "-" + "sIgombgSbDFlSaqZabcdEfGhIjKlMnOpQrStUvWx",
        "note": "Met Adam Jargi\u0142o at Piast",
    }
    nested = json.dumps({"a": json.dumps({"b": json.dumps([row])})})
    cells = ",".join(f'"{value}"' for value in row.values())
    as_json, as_nested, as_cells = anonymised(profile, json.dumps([row]), nested, cells)
    inner = json.loads(json.loads(json.loads(as_nested)["a"])["b"])
    for (made,) in (json.loads(as_json), inner):
        assert list(made) == list(row)
        assert not set(made.values()) & set(row.values())
    assert as_cells.count('"') == cells.count('"')
    assert as_cells.count('","') == cells.count('","')


def test_a_name_beside_a_date_in_a_row_is_a_name() -> None:
    text = "name,dob\nAnna Kowalska,1987-05-03\nPiotr Nowak,1990-12-31\n"
    (done,) = anonymised("balanced", text)
    rows = [line.split(",") for line in done.splitlines()[1:]]
    assert all(name.istitle() and date[4] == "-" for name, date in rows)
    assert "Kowalska" not in done
