"""Pseudonyms and the key they are made with."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer import ids
from logminer.errors import SecretError
from logminer.ids import Pseudonyms
from tests.conftest import KEY


class Counted(str):
    """A text that counts how many bytes of it are hashed."""

    hashed = 0

    def strip(self, chars: str | None = None, /) -> Counted:
        return Counted(super().strip(chars))

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        raw = super().encode(encoding, errors)
        Counted.hashed += len(raw)
        return raw


class TestContentKeys:
    @given(st.lists(st.tuples(st.sampled_from(["system", "user", "assistant", "tool"]), st.text())))
    def test_each_is_the_key_of_a_beginning(self, turns: list[tuple[str, str]]) -> None:
        pseudonyms = ids.Pseudonyms(b"k" * 32, "p")
        asked = [i for i, (role, _) in enumerate(turns) if role == "user"]
        assert pseudonyms.content_keys(turns) == [
            pseudonyms.content_key(turns[: i + 1]) for i in asked
        ]

    def test_every_message_is_hashed_once(self) -> None:
        turns = [("user", Counted(f" message {i:05d} ")) for i in range(2_000)]
        Counted.hashed = 0
        assert len(set(ids.Pseudonyms(b"k" * 32, "p").content_keys(turns))) == 2_000
        assert Counted.hashed == 2_000 * len("message 00000")


class TestIds:
    def test_pseudonyms_separate_keys_projects_and_purposes(self) -> None:
        one = ids.Pseudonyms(b"k" * 32, "a")
        others = [ids.Pseudonyms(b"k" * 32, "b"), ids.Pseudonyms(b"x" * 32, "a")]
        assert one.user("u1") == ids.Pseudonyms(b"k" * 32, "a").user("u1")
        assert all(one.user("u1") != other.user("u1") for other in others)
        assert one.user("u1") != one.conversation("u1")

    @given(st.text(), st.text(), st.text(), st.text())
    def test_values_cannot_run_into_each_other(self, a: str, b: str, c: str, d: str) -> None:
        pseudonyms = ids.Pseudonyms(b"k" * 32, "p")
        same = pseudonyms.digest("x", a, b) == pseudonyms.digest("x", c, d)
        assert same == ((a, b) == (c, d))

    def test_split_halves_the_users(self) -> None:
        pseudonyms = ids.Pseudonyms(b"k" * 32, "p")
        share = sum(pseudonyms.split(f"u{i}") == "discovery" for i in range(4000)) / 4000
        assert 0.46 < share < 0.54

    def test_key_file_is_created_once_and_private(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv(ids.KEY_VARIABLE)
        file = tmp_path / "new" / "key"
        monkeypatch.setenv(ids.KEY_FILE_VARIABLE, str(file))
        with pytest.raises(SecretError, match="no pseudonym key"):
            ids.load_key()
        key = ids.load_key(create=True)
        assert len(key) >= 32
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert ids.load_key(create=True) == key
        file.chmod(0o644)
        with pytest.raises(SecretError, match="chmod 600"):
            ids.load_key()

    @pytest.mark.parametrize("text", ["abc", "z" * 64, "5f" * 31])
    def test_malformed_key_says_how_to_make_one(
        self, text: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(ids.KEY_VARIABLE, text)
        with pytest.raises(SecretError, match="token_hex") as error:
            ids.load_key()
        assert text not in str(error.value)


def test_key_project_and_purpose_keep_pseudonyms_apart() -> None:
    ids = [f"user-{i:06d}" for i in range(20_000)]
    key, other = bytes.fromhex(KEY), bytes.fromhex("6a" * 32)
    here = Pseudonyms(key, "here")
    mine = [here.user(i) for i in ids]
    assert mine == [Pseudonyms(key, "here").user(i) for i in ids]  # another study of the project
    others = [Pseudonyms(key, "there").user, Pseudonyms(other, "here").user, here.conversation]
    everyone = [*mine, *(make(i) for make in others for i in ids)]
    assert len(set(everyone)) == len(everyone)
