"""Sentences about collate functions: why one failed, and what is off in one's own."""

SENTENCES: dict[str, str] = {
    # Why a function failed on these samples.
    "collate.unequal": "It stacks the samples as they are, and these have the shapes {shapes}: "
    "torch.stack makes a tensor of one shape only.",
    "collate.mixing_unequal": "{title} works on a stacked batch, and these pictures of {shapes} "
    "can't be stacked: give them one size first.",
    "collate.naive_alone": "The batch has one sample, of length {length}. The function asks for "
    "batch[1], a second one whose length it could take, and there is none.",
    "collate.naive_negative": "It got the lengths {lengths} and fills the first sample up to the "
    "second: {second} - {first} = {missing} zeros, and no tensor has {missing} values.",
    "collate.naive_stack": "It got the lengths {lengths} and added {missing} to the first sample "
    "alone. So the stack was given the lengths {stacked}: sample {place} still has {length}, and "
    "torch.stack makes a tensor of one shape only.",
    "collate.other": "{title} is not made for samples such as these ({what}).",
    # What is off in one's own.
    "exercise.empty": "There is no code yet: write {name}, or begin again.",
    "exercise.not_defined": "The code does not define {name}: that is the name that is looked for.",
    "exercise.type": "The batch is {found}, and should be {wanted}.",
    "exercise.count": "The batch is {found}, and should be {wanted}.",
    "exercise.missing": "{name} is missing: the batch has {keys}.",
    "exercise.more": "The batch also has {names}: it should be {wanted} and nothing else.",
    "exercise.no_tensor": "{name} should be a tensor, and is {found}.",
    "exercise.shape": "{name} has the shape {found}, and should have {wanted}.",
    "exercise.dtype": "{name} has the dtype {found}, and should have {wanted}.",
    "exercise.order": "{name} has the right rows in another order: row {row} is that of sample "
    "{of}, and should be that of sample {wanted}.",
    "exercise.value": "{name}{place} is {found}, and should be {wanted} (in the row of sample "
    "{sample}); off in all: {count}.",
    "exercise.too_few": "The loader ended after {found} of {wanted} batches.",
    "exercise.too_many": "The loader went on after the last of {wanted} batches: it asks len(…) "
    "how many samples there are.",
    "exercise.changed": "The function changed a sample that it was given (sample {sample}): a data "
    "set that keeps its samples in memory would hand out the changed one next time. Make new "
    "tensors instead.",
    "exercise.length": "len(dataset) is {found}, and there are {wanted} samples: the DataLoader "
    "asks for no others, and shuffles only those.",
    "exercise.no_dataset": "The class is no Dataset: write class IrisDataset(Dataset).",
}
