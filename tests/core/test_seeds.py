"""Derived seeds: the same everywhere, different for every use."""

import hashlib

from core.seeds import seed_for


def test_is_the_sha256_of_its_address():
    digest = hashlib.sha256(b"order/7/3").digest()
    assert seed_for("order", 7, 3) == int.from_bytes(digest[:8], "big") >> 1


def test_every_address_has_its_own_seed():
    seeds = {
        seed_for(purpose, seed, epoch, part)
        for purpose in ("order", "augment", "dropout")
        for seed in range(5)
        for epoch in range(5)
        for part in range(20)
    }
    assert len(seeds) == 3 * 5 * 5 * 20
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_parts_do_not_run_together():
    assert seed_for("order", 1, 23) != seed_for("order", 12, 3)
