"""Sentences about work that is done in a process of its own."""

SENTENCES: dict[str, str] = {
    "child.late": "It took longer than {seconds:g} s, so it was ended: ask for less.",
    "child.memory": "It took more memory than the {gigabytes:g} GB that it may, so it was ended: "
    "ask for fewer or smaller samples, or fewer workers.",
    "child.cancelled": "It was cancelled.",
    "child.ended": "The process that did this ended without an answer: try again.",
    "child.failed": "The process that did this failed ({why}): change what you ask for, or try "
    "again.",
}
