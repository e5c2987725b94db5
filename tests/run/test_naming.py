"""What names are made of."""

from __future__ import annotations

from logminer.run.naming import unmarked


def test_surrogates_are_left_out_of_what_names_are_made_of() -> None:
    text = "Dear Maria Novak, Maria Novak lives in Bath"
    spans = [(18, 29), (5, 16), (39, 43), (39, 41)]
    found = [{"field": "response", "start": start, "end": end} for start, end in spans]
    other = {"field": "thoughts", "start": 0, "end": 4}
    assert unmarked(text, [*found, other], "response").split("\n") == [
        "Dear ",
        ", ",
        " lives in ",
        "",
        "",
    ]
    assert unmarked(None, [], "response") == ""
