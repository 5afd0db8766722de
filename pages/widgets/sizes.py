"""Counts and bytes as a person reads them."""


def of_bytes(count: float) -> str:
    """`12.3 MB`; decimal units, as a disk's label has them."""
    return _with_unit(count, ("B", "kB", "MB", "GB", "TB"))


def of_count(count: float) -> str:
    """`1.31 M`: three digits and a magnitude."""
    return _with_unit(count, ("", "k", "M", "G", "T"))


def _with_unit(count: float, units: tuple[str, ...]) -> str:
    unit = 0
    while abs(count) >= 999.5 and unit + 1 < len(units):
        count /= 1000
        unit += 1
    digits = f"{count:.0f}" if unit == 0 or abs(count) >= 99.95 else f"{count:.3g}"
    return f"{digits} {units[unit]}".rstrip()
