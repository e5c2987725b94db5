"""JSON in texts is taken apart and joined again."""

import json

from hypothesis import given
from hypothesis import strategies as st

from logminer.privacy.jsontext import encoded, pieces


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda c: st.lists(c) | st.dictionaries(st.text(), c),
        max_leaves=12,
    )
)
def test_pieces_of_json_join_to_the_same_json(value: object) -> None:
    text = json.dumps({"a": value, "nested": json.dumps([value])})
    joined = "".join(encoded(p.text, p.depth) for p in pieces(text))
    clean = lambda t: json.loads(t.encode("utf-8", "replace"))  # noqa: E731
    assert json.loads(joined)["nested"] is not None
    assert set(json.loads(joined)) == set(clean(text))
