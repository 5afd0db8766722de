"""Sentences about what is brought before a class."""

SENTENCES: dict[str, str] = {
    "prefetch.nothing": "Nothing to bring is named: add --weights MODEL … (`python -m core models` "
    "lists them) or --data NAME … .",
    "prefetch.own_data": "“{name}” are images of your own: they are on a disk already, and there "
    "is nothing to download.",
}
