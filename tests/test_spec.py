"""Options: what is wrong is named by its path, what is incidental stays out."""

from __future__ import annotations

from pathlib import Path

import pytest

from logminer.errors import ConfigError
from logminer.spec import Spec, incidental, load_yaml, parse


class Inner(Spec):
    depth: int = 0


class Outer(Spec):
    inner: Inner = Inner()
    many: tuple[Inner, ...] = ()
    fast: int = incidental(1)


class TestSpec:
    @pytest.mark.parametrize(
        ("data", "message"),
        [
            ({"iner": {}}, "iner: unknown key; did you mean 'inner'"),
            ({"inner": {"dept": 1}}, "inner.dept: unknown key; did you mean 'depth'"),
            ({"many": [{}, {"dept": 1}]}, "many.1.dept: unknown key; did you mean 'depth'"),
            ({"inner": {"depth": "1"}}, "inner.depth: input should be a valid integer"),
        ],
    )
    def test_errors_name_the_path_in_the_file(self, data: dict[str, object], message: str) -> None:
        with pytest.raises(ConfigError) as error:
            parse(Outer, data, "p.yaml")
        assert str(error.value).startswith(f"p.yaml: {message}")
        assert "\n" not in str(error.value)

    def test_incidental_options_stay_out(self) -> None:
        assert (
            Outer(fast=2).options()
            == Outer(fast=3).options()
            == {"inner": {"depth": 0}, "many": []}
        )

    @pytest.mark.parametrize("text", ["a: [", "- 1", "\x00"])
    def test_yaml_that_is_none(self, text: str, tmp_path: Path) -> None:
        file = tmp_path / "p.yaml"
        file.write_text(text)
        with pytest.raises(ConfigError, match=r"p\.yaml"):
            load_yaml(file)
