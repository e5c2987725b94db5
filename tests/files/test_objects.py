"""Objects in a store: asked again where that helps, never half, never another one, and no secret told."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from logminer.errors import ConfigError, ObjectStoreError, SourceError
from logminer.files.finding import rooted, survey
from logminer.files.objects import ObjectPath
from logminer.files.places import below, located, matching
from logminer.files.stores import waiting_at_most
from tests.kit.s3 import Bucket, Fault, bucket

DATA = bytes(range(256)) * 12_000


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    with bucket(monkeypatch) as served:
        yield served


def test_what_fails_for_a_while_is_asked_again(store: Bucket) -> None:
    place = store.put("a/x.bin", DATA)
    for what in (503, 429, 500, 409, "cut", "lost"):
        store.fail(Fault("GET", "x.bin", what), Fault("HEAD", "x.bin", what))
        assert place.stat().st_size == len(DATA)
        assert place.read_bytes() == DATA
    for what in (503, 409, 500):
        store.fail(Fault("PUT", f"{what}.bin", what))
        (store.root / f"a/{what}.bin").put(b"whole")
        assert (store.root / f"a/{what}.bin").read_bytes() == b"whole"
    store.fail(Fault("PUT", "lost.bin", "lost"))
    with pytest.raises(FileExistsError):  # so that who wrote it looks whether it is its own
        (store.root / "a/lost.bin").put(b"whole")
    assert (store.root / "a/lost.bin").read_bytes() == b"whole"


def test_a_store_that_is_away_is_waited_for(
    store: Bucket, caplog: pytest.LogCaptureFixture
) -> None:
    place = store.put("x.bin", b"1")
    store.fail(Fault("GET", "x.bin", 503, times=9))  # more than its library asks by itself
    assert place.read_bytes() == b"1"
    store.fail(Fault("GET", "x.bin", 503, times=99))
    with (
        waiting_at_most(0),
        pytest.raises(ObjectStoreError, match=r"answered 503 .*: it is down, or has too much"),
    ):
        place.read_bytes()
    assert not caplog.records  # what passes soon is not told


def test_each_cause_has_its_message(store: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with (
        waiting_at_most(0),
        pytest.raises(ObjectStoreError, match=r"cannot be reached.*AWS_ENDPOINT_URL"),
    ):
        (store.root / "credentials").stat()
    monkeypatch.delenv("AWS_ALLOW_HTTP")
    with pytest.raises(ObjectStoreError, match=r"AWS_ENDPOINT_URL is http://.*AWS_ALLOW_HTTP=true"):
        (store.root / "x").stat()


def test_an_object_is_written_once(store: Bucket) -> None:
    place = store.root / "once"
    first = place.put(b"1")
    with pytest.raises(FileExistsError):
        place.put(b"2")
    second = place.put(b"3", over=first)
    with pytest.raises(FileExistsError):
        place.put(b"4", over=first)
    assert (place.read_bytes(), second.etag) == (b"3", place.stat().etag)


def test_it_reads_as_a_file_and_is_never_another_one(store: Bucket) -> None:
    place = store.put("x.bin", DATA)
    with place.open(buffering=64) as file:
        assert (file.read(3), file.seek(-2, 2), file.read(9)) == (
            DATA[:3],
            len(DATA) - 2,
            DATA[-2:],
        )
        file.seek(1_000)
        assert file.read(100_000) == DATA[1_000:101_000]
        store.put("x.bin", DATA[::-1])
        file.seek(0)
        with pytest.raises(SourceError, match=r"x\.bin: changed since the run began"):
            file.read()
    listed = next(iter(store.root.iterdir()))
    assert (pickle.loads(pickle.dumps(listed)), len(pickle.dumps(listed)) < 300) == (listed, True)
    assert pickle.loads(pickle.dumps(listed)).read_bytes() == DATA[::-1]


def test_folders_are_told_as_those_of_files(store: Bucket) -> None:
    for name in ("a/1.x", "a/b/2.x", "a/b/3.y", "c=d/4.x"):
        store.put(name, b"")
    root = store.root
    assert [str(one) for one in root.iterdir()] == ["s3://dumps/a", "s3://dumps/c=d"]
    assert [one.key for one in matching(root, "*/*.x")] == ["a/1.x", "c=d/4.x"]
    assert [one.name for one in (root / "a").rglob("*")] == ["1.x", "2.x", "3.y"]
    assert (below(root / "a/b/2.x", root / "a").parts, (root / "a").is_dir()) == (
        ("b", "2.x"),
        True,
    )
    assert [(root / "a").exists(), (root / "a/1.x").exists(), (root / "n").is_dir()] == [
        False,
        True,
        False,
    ]
    (root / "a").rmtree()
    assert [one.key for one in root.below()] == ["c=d/4.x"]


def test_no_secret_is_told(store: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    place = store.put("x.bin", b"1")
    store.fail(Fault("GET", "x.bin", 403))
    with pytest.raises(
        ObjectStoreError, match=r"answered 403 Forbidden: these credentials .*AWS_SESSION_TOKEN"
    ) as told:
        place.read_bytes()
    assert "a-secret" not in str(told.value)
    with pytest.raises(ObjectStoreError, match=r"NoSuchBucket.*: there is no such bucket"):
        survey("s3://elsewhere/*.parquet")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(ObjectStoreError, match="no credentials were found"):
        place.read_bytes()


@pytest.mark.parametrize(
    "url",
    [
        "s3://me:hunter2@bucket/x.parquet",
        "az://container/x.parquet?sv=2022&sig=hunter2",
        "https://host/x?X-Amz-Signature=hunter2",
    ],
)
def test_a_url_that_holds_a_secret_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="which may be kept and shown") as told:
        located(url)
    assert "hunter2" not in str(told.value)


def test_what_a_url_names() -> None:
    assert located("s3://b/a/?/*.parquet/") == ObjectPath("s3://b", "a/?/*.parquet")
    assert rooted("file:///data/a%20b.parquet", Path("/base")) == "/data/a b.parquet"
    assert rooted("gs://b/x.parquet", Path("/base")) == "gs://b/x.parquet"
    with pytest.raises(ConfigError, match="s3://BUCKET"):
        located("ftp://host/x.parquet")
