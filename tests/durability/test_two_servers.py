"""A store file belongs to one server at a time, and to nobody when that is gone, however it went."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.store import Store, StoreError
from tests.durability.filled import fill, upload
from tests.soak.serving import RefusedError, Serving


@pytest.mark.parametrize("other_name", [False, True])
def test_a_second_server_is_refused_and_the_first_goes_on(other_name: bool, tmp_path: Path) -> None:
    path = named = tmp_path / "store"
    with Serving(path) as first:
        if other_name:
            named = tmp_path / "link"
            named.symlink_to(path)
        raw = first.caller()
        filled = fill(raw, messages=3)
        (tmp_path / "store.files" / "incoming-half").write_bytes(b"on its way to the first")
        with pytest.raises(RefusedError) as refused:
            Serving(named).kill()
        assert refused.value.code == 1
        holder = f"process {first.running.pid}"
        assert refused.value.said == f"Error: cannot use {named} as a store: {holder} has it open\n"
        assert (tmp_path / "store.files" / "incoming-half").exists()  # nothing is swept from under the first
        assert upload(raw, b"more", "vision").status == 200
        filled.check(raw)
        raw.connection.close()
    assert not (tmp_path / "store.lock").exists()


def test_a_killed_server_has_let_go(tmp_path: Path) -> None:
    path = tmp_path / "store"
    first = Serving(path)
    raw = first.caller()
    filled = fill(raw, messages=3)
    raw.connection.close()
    first.kill()
    assert (tmp_path / "store.lock").exists()
    with Serving(path) as second:
        raw = second.caller()
        filled.check(raw)
        raw.connection.close()


def test_two_stores_in_one_process(tmp_path: Path) -> None:
    first = Store(tmp_path / "store")
    for _ in range(2):
        with pytest.raises(StoreError, match="has it open"):
            Store(tmp_path / "store")
    first.close()
    Store(tmp_path / "store").close()
