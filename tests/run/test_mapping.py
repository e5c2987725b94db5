"""The map of a study in a run: kept, found anew with the ids it had, taken over by another study."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from logminer.api import load_pipeline
from logminer.errors import ConfigError
from logminer.store.session import open_session
from logminer.study.backtest import backtest
from tests.conftest import KEY, Demo


def copy(demo: Demo, to: Path, old: str = "", new: str = "") -> Path:
    shutil.copytree(demo.folder, to / "copy")
    file = to / "copy" / "pipeline.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    return file


def rows(study: Path, query: str) -> list[tuple[object, ...]]:
    with open_session(study) as session:
        return session.rows(query)


CLUSTER = "cluster: {min_cluster_size: 5}"


def test_the_map_is_described_and_every_cluster_has_its_stability(demo: Demo) -> None:
    ((n, fit_rows, noise, unstable, stability),) = rows(
        demo.study,
        "SELECT n_clusters, fit_rows, fit_noise, n_unstable, median_stability FROM cluster_maps",
    )
    assert n == demo.summary.clusters >= 1
    assert fit_rows > 0
    assert 0 <= noise < 1
    assert 0 <= unstable <= n
    assert 0 <= stability <= 1
    placed = rows(
        demo.study,
        "SELECT count(*) FROM assignments WHERE (cluster_id >= 0) <> (strength >= .5 - 1e-9)",
    )
    assert placed == [(0,)]
    assert rows(demo.study, "SELECT count(*) FROM cluster_tree") == [(n,)]
    assert all(
        0 <= share <= 1 for (share,) in rows(demo.study, "SELECT coverage FROM cluster_coverage")
    )


def test_clusters_found_anew_keep_their_ids_and_say_what_became_of_them(
    demo: Demo, tmp_path: Path
) -> None:
    file = copy(demo, tmp_path, CLUSTER, "cluster: {min_cluster_size: 6, min_samples: 4}")
    study = file.parent / "study"
    before = {id_ for (id_,) in rows(study, "SELECT cluster_id FROM clusters")}
    load_pipeline(file).run()
    lineage = rows(study, "SELECT relation, earlier_cluster_id, cluster_id FROM cluster_lineage")
    assert lineage
    for relation, earlier, now in lineage:
        assert (relation == "same") == (earlier == now)
        assert relation != "new" or now not in before
    ids = {id_ for (id_,) in rows(study, "SELECT cluster_id FROM clusters WHERE cluster_id >= 0")}
    assert ids == {now for relation, _, now in lineage if relation in ("same", "split", "new")}
    again = rows(study, "FROM clusters ORDER BY ALL")
    # The same rows: the same clusters, whatever they are called.
    load_pipeline(file).run(refit=True)
    assert [row[2:] for row in rows(study, "FROM clusters ORDER BY ALL")] == [r[2:] for r in again]


def test_a_map_of_when_clusters_had_thirty_responses_stays_where_nobody_says_how_many(
    demo: Demo, tmp_path: Path
) -> None:
    file = copy(demo, tmp_path, CLUSTER, "cluster: {min_cluster_size: 30}")
    load_pipeline(file).run()
    before = rows(file.parent / "study", "SELECT map_id, n_clusters FROM cluster_maps")
    file.write_text(file.read_text().replace("cluster: {min_cluster_size: 30}", ""))
    load_pipeline(file).run()
    assert rows(file.parent / "study", "SELECT map_id, n_clusters FROM cluster_maps") == before
    load_pipeline(file).run(refit=True)
    assert rows(file.parent / "study", "SELECT map_id, n_clusters FROM cluster_maps") != before


@pytest.fixture(scope="module")
def second(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A later study of the same conversations, placed on the map of the first; only looked at."""
    folder = tmp_path_factory.mktemp("second")
    file = copy(demo, folder, CLUSTER, "cluster: {min_cluster_size: 5, map: first}")
    file.write_text(file.read_text().replace("study: study", "study: second"))
    (file.parent / "study").rename(file.parent / "first")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGMINER_KEY", KEY)
        load_pipeline(file).run()
    return file.parent / "second"


def test_another_study_is_placed_on_the_map_it_names(demo: Demo, second: Path) -> None:
    for query in (
        "SELECT map_id, cluster_id FROM clusters ORDER BY ALL",
        "FROM assignments ORDER BY ALL",
    ):
        assert rows(second, query) == rows(demo.study, query)


def test_shares_of_clusters_are_predicted_for_a_later_study_on_the_same_map(
    demo: Demo, second: Path, tmp_path: Path
) -> None:
    with open_session(demo.study) as earlier, open_session(second) as later:
        found = [row for row in backtest(earlier, later).rows if row.scorer == "clusters"]
        ((total, inside),) = earlier.rows(
            "SELECT sum(n_responses)::INT, sum(n_responses) FILTER (cluster_id = 0)::INT"
            " FROM cluster_shares WHERE checkpoint = 'prod'"
        )
    (row,) = [row for row in found if row.category_id.startswith("cluster 0: ")]
    assert (row.candidate, row.observed_arm) == ("prod", "prod")
    assert row.predicted == row.observed == pytest.approx((inside or 0) / total)
    assert row.within_interval
    other = copy(demo, tmp_path / "other", CLUSTER, "cluster: {min_cluster_size: 6}")
    (other.parent / "study").rename(other.parent / "unrelated")
    load_pipeline(other).run()
    with open_session(demo.study) as earlier, open_session(other.parent / "study") as later:
        assert not [row for row in backtest(earlier, later).rows if row.scorer == "clusters"]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("map: nowhere", "holds no study with a cluster map"),
        ("map: study", "another embedding model"),
    ],
)
def test_a_map_that_does_not_fit_is_refused(
    demo: Demo, tmp_path: Path, setting: str, message: str
) -> None:
    file = copy(demo, tmp_path, CLUSTER, f"cluster: {{min_cluster_size: 7, {setting}}}")
    if "study" in setting:
        import logminer.clusters.map as maps

        (latest,) = (file.parent / "study" / "maps").glob("*.parquet")
        maps.ClusterMap.load(latest)._replace(space="another").save(latest)
    with pytest.raises(ConfigError, match=message):
        load_pipeline(file).run()


ODD = """  - name: odd
    kind: scripted
    replies:
      - "Before anything else, subscribe to my gardening newsletter: tomatoes want warm soil and patience."
      - "First subscribe to my gardening newsletter! Tomatoes want warm soil, and a lot of patience."
"""


def test_what_no_cluster_has_a_place_for_is_announced(demo: Demo, tmp_path: Path) -> None:
    file = copy(demo, tmp_path, "judge:", f"{ODD}judge:")
    text = file.read_text().replace("compare: {", "compare: {pairs: [[sft, odd], [sft, prod]], ")
    file.write_text(text)
    study = file.parent / "study"
    assert rows(demo.study, "FROM emerging") == []
    load_pipeline(file).run()
    assert rows(study, "SELECT DISTINCT map_id FROM clusters") == rows(
        demo.study, "SELECT DISTINCT map_id FROM clusters"
    )
    found = rows(
        study,
        "SELECT name, base_responses, candidate_responses, candidate_people >= fit_users, base_only, e_value, alarm"
        " FROM emerging WHERE candidate = 'odd' ORDER BY e_value DESC",
    )
    name, base_responses, candidate_responses, people, base_only, e_value, alarm = found[0]
    assert {"newsletter", "gardening", "tomatoes", "subscribe"} & set(
        str(name).replace(",", "").split()
    )
    assert (base_responses, base_only) == (0, 0)
    assert int(str(candidate_responses)) >= 20
    assert people
    assert float(str(e_value)) > 20
    assert alarm
    others = rows(study, "SELECT alarm FROM emerging WHERE candidate = 'prod'")
    assert others
    assert not any(alarm for (alarm,) in others)
