"""Ids of the dump: as they are, and hashed without the key."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from logminer.audit.auditor import audit
from logminer.ids import Pseudonyms
from logminer.store.session import Session
from tests.conftest import KEY
from tests.kit.auditing import run


def test_no_known_id_is_found_by_hashing_it_without_the_key(tmp_path: Path) -> None:
    ids = [f"user-{i:06d}" for i in range(100_000)]
    here = Pseudonyms(bytes.fromhex(KEY), "here")
    mine = [here.user(i) for i in ids]
    study = tmp_path / "study"
    study.mkdir()
    pq.write_table(pa.table({"user_id": mine}), study / "a.parquet")
    found = audit(study, Session, ids=ids)
    assert found.clean
    assert not found.hashed_ids

    plain = {
        3: hashlib.sha256(b"user-000003").hexdigest()[:32],
        70: hashlib.md5(b"user-000070").hexdigest()[:12],
        500: "id " + base64.b64encode(hashlib.sha1(b"user-000500").digest()).decode(),
        900: hashlib.blake2b(b"user-000900", digest_size=16).hexdigest().upper(),
        999: Pseudonyms(b"", "").user(ids[999]),
    }
    pq.write_table(pa.table({"user_id": [*mine[:9], *plain.values()]}), study / "a.parquet")
    (tmp_path / "ids.txt").write_text("\n".join(ids[:1000]))
    result = run(study, "--ids", tmp_path / "ids.txt", "--json")
    assert result.exit_code == 3
    hashed = json.loads(result.stdout)["hashed_ids"]
    assert {f["id_index"] for f in hashed} == set(plain)
    assert {f["row"] for f in hashed} == set(range(9, 14))
