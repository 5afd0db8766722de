"""Counts and bytes as a person reads them."""


def of_bytes(count: float) -> str:
    """`12.3 MB`; decimal units, as a disk's label has them."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.3g} {unit}"
        count /= 1000
    raise AssertionError("unreachable")


def of_count(count: float) -> str:
    """`1.31 M`: three digits and a magnitude."""
    for limit, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(count) >= limit:
            return f"{count / limit:.3g}{unit}"
    return f"{count:.0f}"
