"""Sentences about the broken loaders and about pipelines of transforms."""

SENTENCES: dict[str, str] = {
    "lab.unknown": "There is no broken loader “{name}”; there are: {known}.",
    "lab.value": "“{classic}” can't be tried with {name} = {value}; its values are: {known}, each "
    "within its range.",
    "lab.no_start_method": "This system can't start a process by “{method}” (it knows: {known}), "
    "so what goes wrong with it can't go wrong here.",
}
