"""Finding, placing and naming clusters on planted data whose truth is known."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binomtest
from sklearn.metrics import adjusted_rand_score

from logminer.clusters.finding import fit
from logminer.clusters.hierarchy import parents
from logminer.clusters.lineage import carry
from logminer.clusters.map import NOISE, ClusterMap
from logminer.clusters.options import ClusterOptions
from logminer.clusters.quality import density_validity, stability
from logminer.clusters.sample import FitBlock, discovery_block, draw_sample
from logminer.clusters.table import clusters_table
from logminer.clusters.terms import TextBlock, leading_terms
from logminer.errors import StoreError
from logminer.schemas import ASSIGNMENTS, CLUSTERS, EMBEDDINGS
from logminer.stages.place import Place
from tests.kit.places import ROOT

Matrix = np.ndarray


def unit(rows: Matrix) -> Matrix:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def planted(
    n: int, clusters: int, width: int, *, spread: float, close_pairs: int = 0, seed: int = 0
) -> tuple[Matrix, Matrix]:
    """Unit vectors and their true clusters: equal parts and 10 % background (−1); some centres close in pairs."""
    random = np.random.default_rng(seed)
    centres = unit(random.normal(size=(clusters, width)))
    for pair in range(close_pairs):
        a, b = 2 * pair, 2 * pair + 1
        centres[b] = unit((0.6 * centres[a] + 0.4 * centres[b])[None])[0]
    truth = np.where(random.random(n) < 0.1, NOISE, np.arange(n) % clusters)
    rows = centres[truth] + spread * random.normal(size=(n, width)) / np.sqrt(width)
    rows[truth == NOISE] = random.normal(size=(int((truth == NOISE).sum()), width))
    return unit(rows), truth


def block(vectors: Matrix, rows: np.ndarray | None = None) -> FitBlock:
    """Two arms that answer the same prompts, four answers a user."""
    rows = np.arange(len(vectors)) if rows is None else rows
    return FitBlock(
        [f"response-{i}" for i in rows],
        [f"arm-{i % 2}" for i in rows],
        [f"user-{i // 4}" for i in rows],
        vectors[rows],
    )


def find(vectors: Matrix, **options: int) -> ClusterMap:
    return fit(ClusterOptions(**options), [block(vectors)], upstream=["x"])


def same(one: ClusterMap, other: ClusterMap) -> bool:
    return (
        one.map_id == other.map_id
        and one.fit_sizes == other.fit_sizes
        and one.fit_users == other.fit_users
        and np.array_equal(one.centres, other.centres)
        and np.array_equal(one.radii, other.radii)
    )


@pytest.fixture(scope="module")
def easy() -> tuple[Matrix, Matrix]:
    return planted(1600, 16, 384, spread=1.0)


@pytest.fixture(scope="module")
def found(easy: tuple[Matrix, Matrix]) -> ClusterMap:
    return find(easy[0])


def test_planted_clusters_are_found_and_background_is_noise(
    easy: tuple[Matrix, Matrix], found: ClusterMap
) -> None:
    vectors, truth = easy
    placed = found.place(vectors).cluster
    assert found.size == 16
    assert adjusted_rand_score(truth, placed) >= 0.9
    assert (placed[truth == NOISE] == NOISE).mean() >= 0.9


def test_new_rows_are_placed_like_those_of_the_fit(found: ClusterMap) -> None:
    vectors, truth = planted(3200, 16, 384, spread=1.0)  # the same centres, other rows
    assert adjusted_rand_score(truth, found.place(vectors).cluster) >= 0.9


def test_close_pairs_are_told_apart() -> None:
    vectors, truth = planted(1600, 16, 384, spread=1.2, close_pairs=4)
    assert adjusted_rand_score(truth, find(vectors).place(vectors).cluster) >= 0.8


def test_background_alone_is_no_cluster() -> None:
    vectors = unit(np.random.default_rng(0).normal(size=(1000, 384)))
    assert (find(vectors).place(vectors).cluster == NOISE).mean() >= 0.95


def test_clusters_are_numbered_by_size_and_add_up(found: ClusterMap) -> None:
    sizes = found.fit_sizes[:-1]
    assert list(sizes) == sorted(sizes, reverse=True)
    assert sum(found.fit_sizes) == 1600
    assert all(
        users and users <= size
        for users, size in zip(found.fit_users, found.fit_sizes, strict=True)
    )


def test_order_and_cutting_of_the_rows_change_nothing(
    easy: tuple[Matrix, Matrix], found: ClusterMap
) -> None:
    vectors, _ = easy
    shuffled = np.random.default_rng(1).permutation(len(vectors))
    blocks = [block(vectors, rows) for rows in np.array_split(shuffled, 7)]
    assert same(fit(ClusterOptions(), blocks, upstream=["x"]), found)


def test_a_bounded_sample_is_balanced_and_independent_of_order() -> None:
    vectors, _ = planted(900, 4, 32, spread=0.5)
    uneven = block(vectors)._replace(checkpoints=["a"] * 700 + ["b"] * 200)
    options = ClusterOptions(max_fit_rows=300)
    whole = fit(options, [uneven], upstream=[])
    assert sum(whole.fit_sizes) == 300
    pieces = [
        FitBlock(*(column[i : i + 45] for column in uneven)) for i in reversed(range(0, 900, 45))
    ]
    assert same(fit(options, pieces, upstream=[]), whole)
    assert not same(fit(options.model_copy(update={"seed": 1}), [uneven], upstream=[]), whole)


def test_threads_change_no_byte(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path; from tests.clusters.test_finding import *\n"
        "find(planted(800, 8, 384, spread=1.0)[0]).save(Path(sys.argv[2]))"
    )
    files = []
    for threads in ("1", "2"):
        files.append(tmp_path / f"{threads}.parquet")
        subprocess.run(
            [sys.executable, "-c", code, str(ROOT), str(files[-1])],
            check=True,
            env=os.environ | {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads},
        )
    assert files[0].read_bytes() == files[1].read_bytes()


def test_what_names_a_map() -> None:
    vectors, _ = planted(200, 2, 16, spread=0.3)
    ids = {
        fit(options, [block(vectors)], upstream=upstream).map_id
        for options, upstream in (
            (ClusterOptions(), ["a", "b"]),
            (ClusterOptions(), ["b", "a"]),
            (ClusterOptions(), ["a", "c"]),
            (ClusterOptions(min_cluster_size=20), ["a", "b"]),
        )
    } | {fit(ClusterOptions(), [block(vectors[:199])], upstream=["a", "b"]).map_id}
    assert len(ids) == 4


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [0, 1, 5, 59, 200])
def test_equal_or_few_rows_give_a_map_without_clusters(n: int, tmp_path: Path) -> None:
    vectors = np.repeat(unit(np.ones((1, 8))), n, axis=0)
    empty = find(vectors)
    assert (empty.size, empty.fit_sizes) == (0, (n,))
    assert (empty.place(vectors).cluster == NOISE).all()
    empty.save(tmp_path / "map.parquet")
    assert same(ClusterMap.load(tmp_path / "map.parquet"), empty)


@pytest.mark.filterwarnings("error")
def test_copies_of_one_answer_are_a_cluster_of_copies() -> None:
    others, _ = planted(600, 4, 64, spread=0.8)
    vectors = np.concatenate([np.repeat(others[:1], 300, axis=0), others[1:]])
    found = find(vectors)
    placed = found.place(vectors)
    assert np.isfinite(found.centres).all()
    assert np.isfinite(found.radii).all()
    assert len(set(placed.cluster[:300].tolist())) == 1
    assert placed.cluster[0] != NOISE


def test_unknown_users_stay_unknown() -> None:
    vectors, _ = planted(300, 2, 16, spread=0.3)
    unknown = block(vectors)._replace(users=[None] * 300)
    assert set(fit(ClusterOptions(), [unknown], upstream=[]).fit_users) == {None}


def test_a_map_is_saved_whole_and_read_back(found: ClusterMap, tmp_path: Path) -> None:
    one, other = tmp_path / "maps" / "one.parquet", tmp_path / "maps" / "other.parquet"
    found.save(one)
    found.save(other)
    assert one.read_bytes() == other.read_bytes()
    assert sorted(p.name for p in one.parent.iterdir()) == ["one.parquet", "other.parquet"]
    assert same(ClusterMap.load(one), found)
    other.write_bytes(b"PAR1 torn")
    for path in (other, tmp_path / "absent.parquet"):
        with pytest.raises(StoreError, match="--refit-clusters"):
            ClusterMap.load(path)


def test_clusters_that_hold_the_same_rows_keep_their_id() -> None:
    vectors, _ = planted(2400, 20, 96, spread=0.9)
    earlier = find(vectors)
    rows = np.random.default_rng(1).permutation(len(vectors))
    changed = vectors.copy()
    fresh, _ = planted(120, 20, 96, spread=0.9, seed=0)
    changed[rows[:120]] = fresh  # 5 % of the rows say something else
    carried = carry(find(changed), earlier, changed)
    kept = set(carried.map.ids.tolist()) & set(earlier.ids.tolist())
    assert len(kept) >= 0.95 * earlier.size
    before, after = earlier.place(changed).cluster, carried.map.place(changed).cluster
    both = (before >= 0) & (after >= 0)
    assert (before[both] == after[both]).mean() >= 0.97
    again = carry(find(vectors), earlier, vectors)
    assert np.array_equal(again.map.ids, earlier.ids)
    assert set(again.lineage["relation"].to_pylist()) == {"same"}


def test_what_became_of_the_clusters_is_told() -> None:
    vectors, truth = planted(1600, 16, 96, spread=0.8)
    earlier = find(vectors[truth != 3])  # 3 is new to the later map
    gone = (truth == 5) | (truth == NOISE)
    carried = carry(find(vectors[~gone]), earlier, vectors[truth != NOISE])
    rows = carried.lineage.to_pylist()
    relations = [row["relation"] for row in rows]
    assert relations.count("same") == 14
    (fresh,) = [row for row in rows if row["relation"] == "new"]
    (left,) = [row for row in rows if row["relation"] == "gone"]
    assert fresh["earlier_cluster_id"] is None
    assert fresh["cluster_id"] == earlier.next_id  # an id that was never used
    assert left["cluster_id"] is None
    assert carried.map.next_id == earlier.next_id + 1
    assert {row["earlier_map_id"] for row in rows} == {earlier.map_id}
    assert {row["map_id"] for row in rows} == {carried.map.map_id}


def test_a_cluster_that_falls_in_two_is_a_split_and_the_way_back_a_merger() -> None:
    rows, truth = planted(800, 8, 96, spread=0.6, close_pairs=4)
    eight = unit(np.stack([rows[truth == c].mean(axis=0) for c in range(8)]))
    four = unit(eight[0::2] + eight[1::2])
    fine = ClusterMap.of("fine", eight)._replace(radii=np.full(8, 0.3))
    coarse = ClusterMap.of("coarse", four)._replace(radii=np.full(4, 0.3))
    halves = rows[truth != NOISE]
    split = carry(fine, coarse, halves).lineage["relation"].to_pylist()
    merged = carry(coarse, fine, halves).lineage["relation"].to_pylist()
    assert split.count("same") + split.count("split") == 8
    assert split.count("split") >= 4
    assert merged.count("same") + merged.count("merged") == 8
    assert merged.count("merged") >= 4


def test_stable_clusters_are_told_from_accidents() -> None:
    vectors, _ = planted(1200, 10, 64, spread=0.8)
    whole = block(vectors)
    options = ClusterOptions()
    sample = draw_sample([whole], seed=0, limit=5000)
    planted_map = fit(options, [whole], upstream=[])
    values = stability(options, sample, planted_map, refits=4)
    assert values.shape == (10,)
    assert (values >= 0.8).all()
    assert np.isnan(stability(options, sample, planted_map, refits=0)).all()
    centres = unit(np.random.default_rng(5).normal(size=(3, 64)))  # nothing is there
    accidents = ClusterMap.of("x", centres)._replace(radii=np.full(3, 0.1))
    assert (stability(options, sample, accidents, refits=4) < 0.6).all()
    assert density_validity(options, sample, planted_map) > 0.2
    assert density_validity(options, sample, accidents) < 0
    assert density_validity(options, sample, planted_map.only(np.arange(1))) is None


def test_parents_hold_every_cluster_once_on_each_level() -> None:
    groups, _ = planted(4000, 40, 96, spread=0.7)
    found = find(groups)
    terms = {cluster: (f"shared {cluster % 2}", f"own {cluster}") for cluster in range(found.size)}
    above = parents(found, terms, count=3)
    assert {one.level for one in above} == {1, 2}
    for level in (1, 2):
        nodes = [one for one in above if one.level == level]
        assert sorted(c for one in nodes for c in one.clusters) == sorted(found.ids.tolist())
        assert sum(one.fit_size for one in nodes) == sum(found.fit_sizes[:-1])
        assert [one.fit_size for one in nodes] == sorted((o.fit_size for o in nodes), reverse=True)
    by_id = {one.parent_id: one for one in above}
    for one in above:
        assert (one.above is None) == (one.level == 2)
        assert one.above is None or set(one.clusters) <= set(by_id[one.above].clusters)
        assert 1 <= len(one.terms) <= 3
        assert set(one.terms) <= {term for c in one.clusters for term in terms[c]}
    assert parents(find(planted(300, 3, 32, spread=0.5)[0]), {}, count=3) == []


def embeddings(vectors: Matrix, channel: str = "response") -> pa.RecordBatch:
    rows = [
        {"response_id": f"response-{i}", "channel": channel, "vector": vector}
        for i, vector in enumerate(vectors.tolist())
    ]
    return pa.RecordBatch.from_pylist(rows, schema=EMBEDDINGS.schema)


def test_place_keeps_the_laws_of_a_stage(
    easy: tuple[Matrix, Matrix], found: ClusterMap, tmp_path: Path
) -> None:
    path = tmp_path / "map.parquet"
    found.save(path)
    stage = Place(map_id=found.map_id, map_path=str(path), checkpoint="c")
    work = pickle.loads(pickle.dumps(stage)).open()
    said, thought = embeddings(easy[0][:300]), embeddings(easy[0][:20], "thoughts")
    batch = pa.Table.from_batches([said, thought]).combine_chunks().to_batches()[0]
    whole = work(batch)
    assert whole.schema.equals(ASSIGNMENTS.schema)
    assert whole["response_id"].to_pylist() == said["response_id"].to_pylist()
    assert work(batch).equals(whole)
    assert work(batch.slice(0, 0)).equals(whole.slice(0, 0))
    parts = [work(batch.slice(start, 13)) for start in range(0, batch.num_rows, 13)]
    assert pa.Table.from_batches(parts).equals(pa.Table.from_batches([whole]))
    noise = [row for row in whole.to_pylist() if row["cluster_id"] == NOISE]
    assert noise
    assert all(row["nearest_cluster_id"] >= 0 for row in noise)


def test_place_without_clusters_says_null(tmp_path: Path) -> None:
    empty = find(np.zeros((0, 8), np.float32))
    empty.save(tmp_path / "map.parquet")
    stage = Place(map_id=empty.map_id, map_path=str(tmp_path / "map.parquet"), checkpoint="c")
    out = stage.open()(embeddings(unit(np.ones((3, 8)))))
    assert out["cluster_id"].to_pylist() == [NOISE] * 3
    assert out["nearest_cluster_id"].null_count == out["similarity"].null_count == 3


def test_the_fingerprint_names_the_map_and_not_where_it_lies(tmp_path: Path) -> None:
    a = Place(map_id="m", map_path="/a", checkpoint="one")
    b = Place(map_id="m", map_path="/b", checkpoint="other")
    assert a.fingerprint("x") == b.fingerprint("x")
    assert a.fingerprint("x") != Place(map_id="n", map_path="/a", checkpoint="one").fingerprint("x")
    assert b.label == "place.other"
    found = find(np.zeros((0, 8), np.float32))
    found.save(tmp_path / "map.parquet")
    with pytest.raises(StoreError, match="holds cluster map"):
        Place(map_id="m", map_path=str(tmp_path / "map.parquet"), checkpoint="c").open()


def test_discovery_block_takes_what_discovery_users_were_told() -> None:
    vectors = pa.Table.from_batches(
        [embeddings(unit(np.eye(4))), embeddings(unit(np.eye(4)), "thoughts")]
    )
    responses = pa.table(
        {
            "response_id": [f"response-{i}" for i in range(5)],
            "prompt_id": ["p0", "p1", "p2", "p3", "p0"],
            "checkpoint": ["a", "b", "a", "b", "b"],
        }
    )
    prompts = pa.table(
        {
            "prompt_id": ["p0", "p1", "p2", "p3"],
            "split": ["discovery", "inference", "discovery", "inference"],
            "user_id": ["u", "v", None, "w"],
        }
    )
    got = discovery_block(vectors, responses, prompts)
    assert (got.response_ids, got.checkpoints, got.users) == (
        ["response-0", "response-2"],
        ["a", "a"],
        ["u", None],
    )
    assert np.array_equal(got.vectors, np.eye(4, dtype=np.float32)[[0, 2]])
    nothing = discovery_block(vectors.slice(0, 0), responses, prompts)
    assert len(nothing.vectors) == 0


def finds_a_shift(seed: int, moved: float) -> bool:
    """One study: two arms answer 500 prompts of 125 users; `moved` of B's answers go to one place.

    Clusters are found on the discovery half of the users and tested on the other (exact McNemar, Bonferroni).
    """
    random = np.random.default_rng(seed)
    prompts, width = 500, 12
    centres = unit(random.normal(size=(5, width)))
    topic = random.integers(5, size=prompts)
    arms = []
    for arm in range(2):
        own = np.where(random.random(prompts) < 0.4, random.integers(5, size=prompts), topic)
        own[random.random(prompts) < moved * arm] = 0
        arms.append(
            unit(centres[own] + 0.9 * random.normal(size=(prompts, width)) / np.sqrt(width))
        )
    user = np.arange(prompts) // 4
    discovery = (random.random(user.max() + 1) < 0.5)[user]
    blocks = [
        FitBlock(
            [f"{name}-{i}" for i in np.flatnonzero(discovery)],
            [name] * int(discovery.sum()),
            [f"u{u}" for u in user[discovery]],
            vectors[discovery],
        )
        for name, vectors in zip("AB", arms, strict=True)
    ]
    found = fit(ClusterOptions(min_cluster_size=15), blocks, upstream=[])
    base, candidate = (found.place(vectors[~discovery]).cluster for vectors in arms)
    p_values = [1.0]
    for cluster in range(found.size):
        base_only = int(((base == cluster) & (candidate != cluster)).sum())
        candidate_only = int(((base != cluster) & (candidate == cluster)).sum())
        if base_only + candidate_only:
            p_values.append(binomtest(base_only, base_only + candidate_only).pvalue)
    return min(p_values) * max(1, found.size) <= 0.05


def test_two_equal_arms_give_no_excess_of_findings() -> None:
    assert np.mean([finds_a_shift(seed, 0.0) for seed in range(200)]) <= 0.065


def test_a_real_shift_is_found() -> None:
    assert np.mean([finds_a_shift(seed, 0.4) for seed in range(20)]) >= 0.9


def toy() -> TextBlock:
    recipes = [f"Bake the chocolate cake in a hot oven, batch {'abc'[i % 3]}" for i in range(12)]
    refusals = ["I am sorry, I can't assist with that request. <PERSON> asked."] * 12
    secret = ["Please whisper abracadabra to the oven"] * 6  # one person's word, said often
    texts = recipes + refusals + secret
    people = [f"u{i % 6}" for i in range(24)] + ["only"] * 6
    groups = [0] * 12 + [1] * 12 + [0] * 6
    return TextBlock(groups, [f"r{i}" for i in range(30)], texts, people)


def test_groups_are_named_by_what_sets_them_apart() -> None:
    terms = leading_terms([toy()])
    assert {"bake", "chocolate"} & {word for term in terms[0] for word in term.split()}
    assert "sorry" in terms[1]
    for found in terms.values():
        words = [word for term in found for word in term.split()]
        assert len(words) == len(set(words))


def test_one_persons_words_name_nothing() -> None:
    terms = leading_terms([toy()], count=100)
    assert not [term for found in terms.values() for term in found if "abracadabra" in term]
    assert not [term for found in terms.values() for term in found if "person" in term]
    two = TextBlock([0, 0], ["a", "b"], ["secret word"] * 2, [None, None])
    assert leading_terms([two]) == {0: ()}


def test_naming_does_not_depend_on_order_or_cutting() -> None:
    whole = toy()
    order = np.random.default_rng(0).permutation(30)
    pieces = [
        TextBlock(*([column[i] for i in rows] for column in whole))
        for rows in np.array_split(order, 4)
    ]
    assert leading_terms(pieces) == leading_terms([whole])
    assert leading_terms([]) == {}
    nulls = whole._replace(texts=[None] * 30)
    assert leading_terms([nulls]) == {}


def test_the_table_has_every_cluster_and_noise(found: ClusterMap) -> None:
    table = clusters_table(found, {0: ("a b", "c", "d", "e", "f"), NOISE: ("x",)})
    assert table.schema.equals(CLUSTERS.schema)
    rows = {row["cluster_id"]: row for row in table.to_pylist()}
    assert set(rows) == {*range(16), NOISE}
    assert rows[0]["name"] == "a b, c, d, e"
    assert rows[0]["terms"] == ["a b", "c", "d", "e", "f"]
    assert rows[1]["name"] == "cluster 1"
    assert (rows[NOISE]["name"], rows[NOISE]["radius"], rows[NOISE]["terms"]) == ("noise", None, [])
