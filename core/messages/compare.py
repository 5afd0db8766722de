"""Sentences about comparing runs."""

SENTENCES: dict[str, str] = {
    "compare.bad_link": "The link's {name} can't be read (“{value}”): {what}. Copy the link again "
    "from the page that it is of.",
    "compare.gone": "The link names {count} that {are} not here (any more): {ids}.",
    "compare.too_many": "You chose {count} runs: the first {most} are compared here.",
}
