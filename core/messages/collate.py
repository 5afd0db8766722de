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
    "second: {second} − {first} = {missing} zeros, and no tensor has {missing} values.",
    "collate.naive_stack": "It got the lengths {lengths} and added {missing} to the first sample "
    "alone. So the stack was given the lengths {stacked}: sample {place} still has {length}, and "
    "torch.stack makes a tensor of one shape only.",
    "collate.other": "{title} is not made for samples such as these ({what}).",
}
