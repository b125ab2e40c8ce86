import os

import pytest

from muoquark.common.provenance import hash_of, hash_of_file, provenance


def test_hash_does_not_depend_on_the_order_of_keys_but_on_every_value():
    one = provenance("fit", {"seed": 1, "points": 20}, "masses: {}", {"snapshot": "2021-07"})
    two = provenance("fit", {"points": 20, "seed": 1}, "masses: {}", {"snapshot": "2021-07"})
    assert one["hash"] == two["hash"]
    for change in ({"seed": 2, "points": 20}, {"seed": 1, "points": 21}):
        other = provenance("fit", change, "masses: {}", {"snapshot": "2021-07"})
        assert other["hash"] != one["hash"]
    assert provenance("fit", {"seed": 1, "points": 20})["hash"] != one["hash"]


def test_versions_are_kept_but_not_hashed():
    plain = provenance("fit", {})
    more = provenance("fit", {}, libraries=("click",))
    assert "click" in more["versions"] and "muoquark" in plain["versions"]
    assert plain["hash"] == more["hash"]


def test_hash_of_a_file_follows_its_content(tmp_path):
    path = tmp_path / "a"
    path.write_text("one")
    first = hash_of_file(path)
    path.write_text("two")
    os.utime(path, ns=(10**18, 10**18))
    second = hash_of_file(path)
    assert second != first
    path.write_text("one")
    os.utime(path, ns=(10**18, 10**18))
    assert hash_of_file(path) == first
    assert len(hash_of({"a": 1.5})) == 64


@pytest.mark.parametrize("missing", ["nowhere"])
def test_missing_file_is_no_hash(tmp_path, missing):
    with pytest.raises(OSError):
        hash_of_file(tmp_path / missing)
