"""Errors reach another process whole."""

from __future__ import annotations

import inspect
import pickle

import pytest

from logminer import errors
from logminer.errors import ConfigError, StageFailed, did_you_mean, require_known


def test_errors_survive_pickling() -> None:
    classes = [
        c for _, c in inspect.getmembers(errors, inspect.isclass) if c.__module__ == errors.__name__
    ]
    functions = {"did_you_mean", "is_plain_name", "listed", "require_known", "where_failed"}
    assert {c.__name__ for c in classes} == set(errors.__all__) - functions
    for cls in classes:
        error = cls("a", "b", "c", "d") if cls is StageFailed else cls("what is wrong")
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is cls
        assert str(again) == str(error)


def test_what_was_meant_is_told_whatever_its_case() -> None:
    known = ["refusal", "Prod"]
    assert did_you_mean("Refusl", known, "no") == "did you mean 'refusal'?"
    assert did_you_mean("PROD", known, "no") == "did you mean 'Prod'?"
    assert did_you_mean("zzz", known, "no") == did_you_mean("x", [], "no") == "no"
    require_known("Prod", known, "no arm is called")
    for name, told in (("prod", "did you mean 'Prod'"), ("zzz", "there are refusal, Prod")):
        with pytest.raises(ConfigError, match=f"^no arm is called '{name}'; {told}"):
            require_known(name, known, "no arm is called")
    with pytest.raises(ConfigError, match=r"there is one$"):
        require_known("zzz", iter(["one"]), "no arm is called")
