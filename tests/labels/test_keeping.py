"""Labels add up, correct comparisons, and outlive a run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from logminer.api import load_pipeline
from logminer.compare.comparing import compare
from logminer.compare.options import CompareOptions
from logminer.labels.calibrating import calibrate
from logminer.schemas import COMPARISONS, MISSINGNESS
from logminer.store.publication import revise
from tests.conftest import Demo
from tests.kit.labelled import Small, of, rows, write


class TestKeeping:
    def test_labels_add_up_and_later_ones_win(self, small: Small) -> None:
        small.add(4, "yes", "yes", "a").add(2, "no", "no", "a")
        assert small.calibrate(small.said[:3]).labels == 3
        found = small.calibrate([small.said[0] | {"label": "no"}, *small.said[3:]])
        assert (found.matched, found.labels, found.outdated) == (4, 6, 0)
        assert (of(found, None)["positives"], of(found, None)["true_negatives"]) == (3, 2)
        assert [p.name for p in small.folder.iterdir() if p.name.startswith(".human")] == []

    def test_comparisons_are_corrected(self, small: Small) -> None:
        for human, judge, n in (("yes", "yes", 27), ("yes", "no", 3), ("no", "no", 40)):
            small.add(n, human, judge)
        small.add(200, None, "no").publish()
        with revise(small.folder) as publication:
            made = compare(publication, CompareOptions(), [("a", "b")])
            publication.replace(COMPARISONS, made.comparisons)
            publication.replace(MISSINGNESS, made.missingness)
        query = "SELECT base, candidate, base_rate, base_corrected FROM comparisons WHERE stratum = 'all'"
        assert rows(small.folder, query) == [("a", "b", 27 / 270, None)]
        small.calibrate()
        ((base, candidate, rate, corrected),) = rows(small.folder, query)
        assert (base, candidate, rate) == ("a", "b", 0.1)
        assert corrected > 0.105  # the scorer finds nine in ten

    def test_they_outlive_a_run_but_not_their_answers(self, demo: Demo, tmp_path: Path) -> None:
        folder = shutil.copytree(demo.folder, tmp_path / "demo")
        study, file = folder / "study", folder / "pipeline.yaml"
        labels = [
            {"response_id": i, "category": "refusal", "human": label}
            for i, label in rows(
                study,
                "SELECT response_id, label FROM judgements JOIN responses USING (response_id)"
                " WHERE scorer = 'rules' AND category_id = 'refusal' AND channel = 'response'"
                " AND label IN ('yes', 'no') AND checkpoint <> 'logged'",
            )
        ]
        made = calibrate(study, write(tmp_path / "labels.jsonl", labels))
        assert made.matched == len(labels) == made.labels
        kappas = [row["kappa"] for row in made.calibrations if row["scorer"] == "rules"]
        assert kappas[0] == pytest.approx(1)
        query = "SELECT count(*) FROM comparisons WHERE base_corrected IS NOT NULL"
        ((corrected,),) = rows(study, query)
        assert corrected > 0
        kept = "FROM human_labels ORDER BY ALL"
        before = rows(study, kept), rows(study, "FROM calibrations ORDER BY ALL")

        load_pipeline(file).run()
        assert (rows(study, kept), rows(study, "FROM calibrations ORDER BY ALL")) == before
        assert rows(study, query) == [(corrected,)]

        told = file.read_text()
        file.write_text(told.replace("Sure: {prompt}", "Sure! {prompt}"))
        load_pipeline(file).run()
        arms = "SELECT DISTINCT checkpoint FROM human_labels JOIN responses USING (response_id)"
        assert rows(study, arms) == [("prod",)]
        prod = [
            labels[0] | {"response_id": i}
            for (i,) in rows(study, "SELECT response_id FROM human_labels")
        ]
        again = calibrate(study, write(tmp_path / "labels.jsonl", prod))
        assert (again.labels, again.outdated) == (len(prod), len(labels) - len(prod))

        file.write_text(told)  # the old answers come back, and their labels with them
        load_pipeline(file).run()
        assert rows(study, "SELECT count(*) FROM human_labels") == [(len(labels),)]
