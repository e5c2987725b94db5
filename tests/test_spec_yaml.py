"""YAML that somebody made to be read wrongly, or not to end: each is an error that names its line, or what it says."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from logminer.errors import ConfigError
from logminer.spec import load_yaml

TENS = "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGED = "".join(
    f"{name}: &{name} {{<<: [{','.join([f'*{before}'] * 50)}]}}\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

REFUSED = {
    "duplicate": ("study: s\nworkers: 1\nworkers: 7", "line 3: the key 'workers' is there already"),
    "duplicate below": ("a: {b: 1, 'b': 2}", "line 1: the key 'b' is there already"),
    "duplicate as JSON": ("x: {1: a, '1': b}", "the key '1' is there already"),
    "duplicate in another form": ("x: {16: a, 0x10: b}", "the key '16' is there already"),
    "duplicate null": ("x: {~: a, null: b}", "the key 'null' is there already"),
    "duplicate merge": ("x: {<<: {a: 1}, <<: {b: 1}}", "the key << is there already"),
    "holds itself": ("a: 1\nproject: &p [*p]", r"line 2: \*p holds itself"),
    "mapping holds itself": ("a: &p {b: {c: *p}}", r"\*p holds itself"),
    "deep flow": ("a: " + "[" * 5000 + "]" * 5000, "line 1: nested more than 100 deep"),
    "deep and open": ("a: " + "{b: " * 50_000, "nested more than 100 deep"),
    "deep block": ("".join(" " * i + "a:\n" for i in range(2000)), "nested more than 100 deep"),
    "aliases of aliases": ("a: &a [x,x,x,x,x,x,x,x,x,x]\n" + TENS, "make the document too large"),
    "merges of merges": ("a: &a {x: 1}\n" + MERGED, "make the document too large"),
    "a long text often": (
        f"a: &a {'x' * 100_000}\nb: [{','.join(['*a'] * 10_000)}]",
        "too large",
    ),
    "no such alias": ("a: *x", r"\*x refers to nothing"),
    "anchor twice": ("a: &x 1\nb: &x 2", "line 2: the anchor &x is there already"),
    "huge number": ("a: " + "9" * 5000, "line 1: no number"),
    "huge hexadecimal": ("a: 0x" + "f" * 20_000, "line 1: no number"),
    "infinity": ("a: .inf", "line 1: no number"),
    "no number": ("a: -.INF\nb: .nan", "line 1: no number"),
    "too large": ("a: 1e999", "line 1: no number"),
    "no whole number": ("a: !!int x", "line 1: no number"),
    "bytes": ("a: !!binary aGk=", "the tag !!binary is not read here"),
    "code": ("a: !!python/object/apply:os.system [id]", "the tag !!python/object/apply:os.system"),
    "a tag of one's own": ("a: !mine {b: 1}", "the tag !mine is not read here"),
    "a list as key": ("[1, 2]: x", "line 1: a key must be a text"),
    "a mapping as key": ("? {a: 1}\n: x", "line 1: a key must be a text"),
    "merge of a number": ("a: {<<: 3}", "<< takes a mapping"),
    "tab": ("a:\n\tb: 1", "not valid YAML in line 2"),
    "two documents": ("a: 1\n---\nb: 2", "line 2: a second document begins"),
    "nothing": ("# later\n", "it is empty"),
    "NUL, escaped": ('a: "x\\0"', "line 1: a NUL character"),
    "control character": ("a: x\x00y", "not valid YAML"),
    "half a character": ('a: "\\ud800"', "line 1: half a character"),
    "too long": ("#" * 11_000_000, "larger than 10 MB"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_meant_is_refused_at_once(name: str, tmp_path: Path) -> None:
    text, told = REFUSED[name]
    file = tmp_path / "p.yaml"
    file.write_text(text)
    begun = time.monotonic()
    with pytest.raises(ConfigError, match=told) as error:
        load_yaml(file)
    assert time.monotonic() - begun < 1
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(f"{file}: ")


@pytest.mark.parametrize(
    ("raw", "told"),
    [(b"a: \xff", "save it as UTF-8"), ("a: 1".encode("utf-16"), "save it as UTF-8")],
)
def test_bytes_that_are_no_utf_8(raw: bytes, told: str, tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_bytes(raw)
    with pytest.raises(ConfigError, match=told):
        load_yaml(file)


@pytest.mark.parametrize(
    ("path", "told"), [(".", "a folder"), ("none", "no such file"), ("a\0b", "cannot be read")]
)
def test_what_is_no_file(path: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=told):
        load_yaml(tmp_path / path)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("when: 2026-10-01\nat: 2026-13-45T99:00:00Z", {"when": "2026-10-01"}),
        ("at: 12:30", {"at": "12:30"}),
        ("a: 010\nb: 0x1F\nc: 1_000\nd: 0o17", {"a": "010", "b": 31, "c": 1000, "d": 15}),
        ("a: 1e-3\nb: .5\nc: -1", {"a": 0.001, "b": 0.5, "c": -1}),
        ("a: yes\nb: True\nc: ~\nd:", {"a": "yes", "b": True, "c": None, "d": None}),
        ("a: !!str 5\nb: !!float 1", {"a": "5", "b": 1.0}),
        ("x: {1: one, true: yes}", {"x": {"1": "one", "true": "yes"}}),
        ("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}", {"b": {"x": 1, "y": 3}}),
        ("a: {<<: [{x: 1}, {x: 2, z: 3}], y: 0}", {"a": {"x": 1, "z": 3, "y": 0}}),
        ("a: {'<<': 1}", {"a": {"<<": 1}}),
        ('a: "\\ud83d\\ude00"', {"a": "😀"}),
        ("\ufeffa: 1", {"a": 1}),
        ("%YAML 1.1\n---\na: 1\n...\n", {"a": 1}),
    ],
)
def test_what_can_be_meant_is_read_as_it_stands(
    text: str, read: dict[str, object], tmp_path: Path
) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(text)
    assert load_yaml(file).items() >= read.items()
