"""Sentences about the broken loaders and about pipelines of transforms."""

SENTENCES: dict[str, str] = {
    "lab.unknown": "There is no broken loader “{name}”; there are: {known}.",
    "lab.value": "“{classic}” can't be tried with {name} = {value}; its values are: {known}, each "
    "within its range.",
    "lab.no_start_method": "This system can't start a process by “{method}” (it knows: {known}), "
    "so what goes wrong with it can't go wrong here.",
    # Pipelines of transforms.
    "pipeline.unknown": "There is no transform “{name}”; there are: {known}.",
    "pipeline.value": "{step} can't have {name} = {value}: it is not within its range.",
    "pipeline.numbers": "“{text}” is not one number, nor three with commas between them (for red, "
    "green and blue), such as 0.5, 0.5, 0.5: the last ones that were stay.",
    "pipeline.too_long": "A pipeline has {most} steps at most: remove one first.",
    "pipeline.not_here": "{title} is not on this computer yet: the Train page downloads it.",
    "pipeline.no_index": "The data set has {size} pictures, numbered from 0: there is no {index}.",
}
