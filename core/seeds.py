"""Every random number of a run is derived from its seed, so nothing random needs saving."""

import hashlib


def seed_for(purpose: str, seed: int, *parts: int) -> int:
    """Seed of one use of randomness: 63 bits of a sha256 over its address.

    The order of epoch e uses `seed_for("order", seed, e)`, the augmentation of a sample
    `seed_for("augment", seed, epoch, index)`, dropout `seed_for("dropout", seed, epoch, step)`.
    A run can therefore go on from any step, after any kill and with any number of loader
    workers, without a random state having been saved.

    Args:
        purpose: What the random numbers are for; different purposes never share a stream.
        seed: The recipe's seed.
        *parts: Where in the run, outermost first.

    Returns:
        A value in [0, 2**63), which `torch.manual_seed` and `random.seed` take.
    """
    address = "/".join([purpose, str(int(seed)), *(str(int(part)) for part in parts)])
    return int.from_bytes(hashlib.sha256(address.encode()).digest()[:8], "big") >> 1
