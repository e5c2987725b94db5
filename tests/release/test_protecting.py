"""That nothing can be derived of what is released: by an attacker of the tests' own, who solves for people, not for cells."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from logminer.errors import ReleaseRefused
from logminer.release.cells import Cell, Cube, Sum
from logminer.release.drawing import WHAT, WHO
from logminer.release.earlier import refuse_few
from logminer.release.protecting import derived, protect
from tests.kit.cubes import Reader, derivable, kept_release, table_of

People = NDArray[np.int64]
SHAPES = [(2, 2), (2, 3), (3, 3), (4, 2), (2, 2, 2)]


def digests(people: People) -> frozenset[bytes]:
    return frozenset(hashlib.sha256(row.tobytes()).digest()[:16] for row in people)


def drawn_people(rng: np.random.Generator, n: int, sizes: tuple[int, ...], begin: int) -> People:
    """[n, 1 + dimensions]: who, and of which kind; some values are rare."""
    columns = [rng.choice(size, n, p=rng.dirichlet(np.full(size, 0.7))) for size in sizes]
    return np.column_stack([np.arange(begin, begin + n), *columns])


def released(reads: list[Reader], people: People, sizes: tuple[int, ...], least: int) -> Reader:
    table = table_of(people[:, 1:], sizes)
    # The finest counts of three things are in no table, as in tables that are linked.
    shown = np.array([sum(a < 0 for a in at) >= len(sizes) - 2 for at in table.at])
    kept = [kept_release(f"r{i}", read) for i, read in enumerate(reads)]
    refuse_few(digests(people), kept, least)
    found = protect(table.cube, least, earlier=kept, people=digests(people), shown=shown)
    assert not found.told[~shown | (table.cube.counts < least)].any()
    assert found.complementary == (shown & (table.cube.counts >= least) & ~found.told).sum()
    return Reader(table, found.told, shown, least, digests(people))


@settings(max_examples=10)
@given(
    seed=st.integers(0, 2**32), sizes=st.sampled_from(SHAPES), least=st.sampled_from([10, 15, 30])
)
def test_nobody_derives_anything_of_a_release(
    seed: int, sizes: tuple[int, ...], least: int
) -> None:
    rng = np.random.default_rng(seed)
    people = drawn_people(rng, int(rng.integers(0, 400)), sizes, 0)
    read = released([], people, sizes, least)
    assert list(derivable([read])) == []
    again = protect(read.table.cube, least, shown=read.told)
    assert (again.told == read.told).all()
    assert again.complementary == 0


@settings(max_examples=4)
@given(seed=st.integers(0, 2**32), sizes=st.sampled_from(SHAPES[:4]), steps=st.integers(1, 2))
def test_nobody_derives_anything_of_several_releases(
    seed: int, sizes: tuple[int, ...], steps: int
) -> None:
    rng = np.random.default_rng(seed)
    least = int(rng.choice([10, 20]))
    people = drawn_people(rng, 200, sizes, 0)
    reads = [released([], people, sizes, least)]
    for step in range(steps):
        went, came = rng.choice([0, 0, 3, 25, 80], 2)
        new = drawn_people(rng, int(came), sizes, 1000 * (step + 1))
        people = np.vstack([people[rng.permutation(len(people))[went:]], new])
        try:
            reads.append(released(reads, people, sizes, least))
        except ReleaseRefused:
            break
    assert list(derivable(reads)) == []


def test_leaving_out_only_what_is_small_is_seen_through() -> None:
    people = drawn_people(np.random.default_rng(3), 400, (3, 3), 0)
    table = table_of(people[:, 1:], (3, 3))
    everything = np.ones(len(table.cube.cells), bool)
    primary = table.cube.counts >= 10
    assert not primary.all()
    assert list(derivable([Reader(table, primary, everything, 10, frozenset())]))
    assert derived(table.cube, primary, 10)


def cube(counts: dict[str, int], *sums: str) -> Cube:
    """`whole = part part`."""
    names = list(counts)
    ties = [line.split(" = ") for line in sums]
    return Cube(
        tuple(Cell(name, ()) for name in names),
        np.array(list(counts.values())),
        tuple(Sum(names.index(w), tuple(names.index(p) for p in ps.split())) for w, ps in ties),
    )


def told(found: Cube, least: int, **options: NDArray[np.bool_]) -> set[str]:
    mask = protect(found, least, **options).told
    return {cell.table for cell, is_told in zip(found.cells, mask, strict=True) if is_told}


def test_a_single_small_count_takes_the_smallest_other_of_its_row_with_it() -> None:
    row = cube({"n": 163, "a": 3, "b": 60, "c": 100}, "n = a b c")
    assert told(row, 50) == {"n", "c"}
    # Two of few could both be anything up to their sum, which is too few for either.
    assert told(cube({"n": 109, "a": 3, "b": 6, "c": 100}, "n = a b c"), 50) == {"n"}
    assert told(cube({"n": 160, "a": 0, "b": 60, "c": 100}, "n = a b c"), 50) == {"n", "c"}


def test_two_in_a_row_are_given_away_by_a_column() -> None:
    counts = {"n": 900, "r1": 300, "r2": 600, "c1": 203, "c2": 260, "c3": 437}
    inner = {"x11": 3, "x12": 60, "x13": 237, "x21": 200, "x22": 200, "x23": 200}
    rows = ("n = r1 r2", "n = c1 c2 c3", "r1 = x11 x12 x13", "r2 = x21 x22 x23")
    columns = ("c1 = x11 x21", "c2 = x12 x22", "c3 = x13 x23")
    square = {"x11", "x12", "x21", "x22"}
    assert told(cube(counts | inner, *rows, *columns), 50) == {*counts, *inner} - square


def test_rows_that_share_a_difference_only_a_solver_sees() -> None:
    """a + b, a + c and b + c give all three away, though each sum by itself says little."""
    counts = {"ab": 160, "ac": 103, "bc": 63, "a": 100, "b": 60, "c": 3}
    found = told(cube(counts, "ab = a b", "ac = a c", "bc = b c"), 50)
    assert found != {"ab", "ac", "bc"}
    assert "c" not in found


def test_a_count_that_no_table_shows_is_no_way_to_a_small_one() -> None:
    answers = cube({"n": 500, "yes": 480, "no": 20}, "n = yes no")
    shown = np.array([True, True, False])
    assert len(told(answers, 50, shown=shown)) == 1
    many = cube({"n": 500, "yes": 400, "no": 100}, "n = yes no")
    assert told(many, 50, shown=shown) == {"n", "yes"}
    # Nobody at all: as far as a reader of rounded counts can tell, that is so in any case.
    assert told(cube({"n": 500, "yes": 500, "no": 0}, "n = yes no"), 50, shown=shown) == {
        "n",
        "yes",
    }


def test_what_is_fixed_is_not_told_however_large() -> None:
    fixed = np.array([False, True, False, False])
    row = cube({"n": 400, "a": 100, "b": 100, "c": 200}, "n = a b c")
    assert told(row, 50, fixed=fixed) == {"n", "c"}


def test_the_fewest_are_lost_of_a_small_table() -> None:
    """Leaving `n` out saves all; the smallest of each row would be two."""
    both = cube({"n": 303, "a": 3, "b": 300, "c": 10, "d": 293}, "n = a b", "n = c d")
    assert told(both, 50) == {"b", "d"}


def release_of(people: People, least: int, told_: NDArray[np.bool_] | None = None) -> Reader:
    table = table_of(people[:, 1:], (2, 2))
    shown = np.ones(len(table.cube.cells), bool)
    mask = shown if told_ is None else told_
    return Reader(table, mask, shown, least, digests(people))


def of_kinds(counts: dict[tuple[int, int], int], begin: int = 0) -> People:
    rows = [kind for kind, n in counts.items() for _ in range(n)]
    return np.column_stack([np.arange(begin, begin + len(rows)), np.array(rows)])


def test_a_small_count_that_an_earlier_release_told_is_refused_by_name() -> None:
    people = of_kinds({(0, 0): 100, (0, 1): 100, (1, 0): 100, (1, 1): 20})
    before = kept_release("before", release_of(people, 10))
    cube_ = table_of(people[:, 1:], (2, 2)).cube
    with pytest.raises(ReleaseRefused, match=r"t \[d0 1, d1 1\]") as refused:
        protect(cube_, 50, earlier=[before], people=digests(people))
    assert "20" not in str(refused.value)
    assert protect(cube_, 10, earlier=[before], people=digests(people)).told.all()


def test_few_who_came_to_a_cell_are_not_told_by_a_difference() -> None:
    people = of_kinds({(0, 0): 100, (0, 1): 100, (1, 0): 100, (1, 1): 100})
    before = release_of(people, 50)
    later = np.vstack([people, of_kinds({(0, 0): 30, (1, 1): 60}, 1000)])
    table = table_of(later[:, 1:], (2, 2))
    kept = [kept_release("before", before)]
    assert derived(table.cube, before.told, 50, earlier=kept, people=digests(later))
    found = protect(table.cube, 50, earlier=kept, people=digests(later))
    assert 0 < found.told.sum() < len(found.told)
    now = release_of(later, 50, found.told)
    assert list(derivable([before, now])) == []
    assert list(derivable([before, now._replace(told=before.told)]))


def test_a_release_is_held_against_one_before_the_last_too() -> None:
    """Many came, and went again: the third release is of those whom the first was of."""
    people = of_kinds({(0, 0): 100, (0, 1): 3, (1, 0): 100, (1, 1): 100})
    many = np.vstack([people, of_kinds({(0, 0): 60, (0, 1): 60}, 1000)])
    names = [str(cell) for cell in release_of(people, 10).table.cube.cells]
    whole, part = (
        np.array([name == one for name in names]) for one in ("t [d0 0, d1 -1]", "t [d0 0, d1 0]")
    )
    kept = [kept_release("first", release_of(people, 10, whole))]
    kept.append(kept_release("second", release_of(many, 10, np.zeros_like(whole))))
    cube_ = release_of(people, 10).table.cube
    assert "t [d0 0, d1 1]" in derived(cube_, part, 10, earlier=kept, people=digests(people))
    found = protect(cube_, 10, earlier=kept, people=digests(people))
    assert not found.told[part].any()


def test_one_who_came_does_not_hide_those_who_went() -> None:
    people = of_kinds({(0, 0): 100, (0, 1): 100, (1, 0): 380, (1, 1): 100})
    kept = [kept_release("before", release_of(people, 50))]
    stay = people[np.r_[26:200, 284:680]]
    for came in (0, 1):
        later = np.vstack([stay, *([of_kinds({(0, 0): came}, 1000)] * came)])
        cube_, everything = table_of(later[:, 1:], (2, 2)).cube, np.ones(9, bool)
        names = derived(cube_, everything, 50, earlier=kept, people=digests(later))
        assert [name for name in names if "who is in release before alone" in name]
        assert not protect(cube_, 50, earlier=kept, people=digests(later)).told.all()


def test_three_releases_do_not_tell_of_who_was_in_two_of_them() -> None:
    """Thirty were in both of two releases, which had nobody else in common; the third is of all."""
    many = dict.fromkeys([(0, 0), (0, 1), (1, 0), (1, 1)], 100)
    some, one, other = (of_kinds(k, 1000 * i) for i, k in enumerate(({(0, 0): 30}, many, many)))
    releases = [np.vstack([some, one]), np.vstack([some, other])]
    kept = [kept_release(f"r{i}", release_of(people, 50)) for i, people in enumerate(releases)]
    everybody = np.vstack([some, one, other])
    cube_, everything = table_of(everybody[:, 1:], (2, 2)).cube, np.ones(9, bool)
    names = derived(cube_, everything, 50, earlier=kept, people=digests(everybody))
    both = "who is in release r0 and release r1 and this release"
    assert [name for name in names if name.startswith(both)]
    with pytest.raises(ReleaseRefused, match=both):
        protect(cube_, 50, earlier=kept, people=digests(everybody))


def test_few_do_not_hide_behind_something_new_to_count() -> None:
    """With an arm or a behaviour more everybody's digest is another; the people, and what both releases count of them, are not."""
    people = of_kinds({(0, 0): 100, (0, 1): 100, (1, 0): 100, (1, 1): 100})
    before = release_of(people, 10)
    moved = people.copy()
    moved[:6, 1] = 1

    def shaped(shape: bytes) -> frozenset[bytes]:
        return frozenset(i.to_bytes(WHO) + bytes(WHAT - WHO) + shape for i in range(len(people)))

    earlier = [kept_release("before", before._replace(people=shaped(b"then")))]
    same = protect(before.table.cube, 10, earlier=earlier, people=shaped(b"now"))
    assert same.told.all()
    with pytest.raises(ReleaseRefused, match="added or taken away"):
        protect(release_of(moved, 10).table.cube, 10, earlier=earlier, people=shaped(b"now"))


def test_releases_that_differ_by_few_people_are_refused() -> None:
    people = of_kinds({(0, 0): 100})
    kept = [kept_release("before", release_of(people, 10))]
    refuse_few(digests(people), kept, 10)
    refuse_few(digests(people[10:]), kept, 10)
    with pytest.raises(ReleaseRefused, match="release before"):
        refuse_few(digests(people[1:]), kept, 10)
    changed = people.copy()
    changed[:9, 1] = 1
    with pytest.raises(ReleaseRefused, match="fewer than 10"):
        refuse_few(digests(changed), kept, 10)
