"""Sentences about typed code: where it may run, how it ended, what was in it."""

SENTENCES: dict[str, str] = {
    # Whether it may run at all.
    "sandbox.off": "Typed code is switched off here. Whoever runs this server switches it on by "
    "starting it with THAW_TYPED_CODE=on.",
    "sandbox.off_shared": "Typed code is off because {why}. Whoever runs this server can switch it "
    "on by starting it with THAW_TYPED_CODE=on; bubblewrap must be installed then.",
    "sandbox.bad_setting": "THAW_TYPED_CODE is “{given}”, so typed code is off: it must be “on” "
    "or “off”.",
    "sandbox.needs_bubblewrap": "Typed code is refused because {why}, and there it runs in "
    "bubblewrap alone: {problem}.",
    "sandbox.no_walls": "The code runs in a process with limits on time and memory, and may read "
    "what you may read: bubblewrap would keep it from that, but {problem}.",
    "sandbox.walls": "The code runs in bubblewrap: it sees Python and a folder of its own, no "
    "network, and no file of this computer's users.",
    "sandbox.no_path": "Others can reach this server, so a path on it is not read: paste the code.",
    # How it ended.
    "sandbox.took_too_long": "The code did not end within {seconds:g} s and was stopped: look for "
    "a loop without an end.",
    "sandbox.too_much_memory": "The code needs more than the {limit} of memory that it may take.",
    "sandbox.too_many_processes": "The code started more than {limit} processes and was stopped.",
    "sandbox.machine_full": "This computer has almost no free memory left, so the code was "
    "stopped: close other programs and try again.",
    "sandbox.too_large": "The answer is larger than {limit} and was thrown away.",
    "sandbox.ended_itself": "The code ended its own process (exit code {code}) before there was "
    "an answer: take calls like exit() out of it.",
    "sandbox.crashed": "The process of the code crashed ({signal}) before there was an answer.",
    "sandbox.no_answer": "The process of the code gave no readable answer.",
    "sandbox.busy": "Other code is running here at this moment: try again in a few seconds.",
    "sandbox.unstartable": "The code was not run: its box could not be started ({why}).",
    # What was in it.
    "code.empty": "There is no code yet: paste a class that is an nn.Module.",
    "code.too_long": "This is {size} of code; at most {limit} are read.",
    "code.no_file": "The file {path} can't be read ({why}).",
    "code.no_python_file": "{path} is no Python file: its name must end in .py, then a colon and "
    "the name of the class, if there are several.",
    "code.not_text": "The file {path} is no text in UTF-8.",
    "code.syntax": "Line {line} of {file} is no Python: {why} (“{code}”).",
    "code.raised": "{kind} in line {line} of {file} (“{code}”){module}: {why}",
    "code.raised_outside": "{kind} while {doing}{module}: {why}",
    "code.exits": "The code calls exit() in line {line} of {file}: take it out.",
    "architecture.none": "The code has no nn.Module: write a class Net(nn.Module), or set a "
    "variable to a model.",
    "architecture.which": "The code has several models: {names}. Choose one of them.",
    "architecture.unknown": "The code has no model called “{name}”; it has: {names}.",
    "architecture.arguments": "{name} can't be made with the arguments ({given}): {why}. Its "
    "signature is {name}{signature}.",
    "architecture.not_literal": "“{text}” are no arguments: write literals such as "
    "num_classes=10, name=\"small\".",
    "architecture.no_shape": "“{text}” is no input shape: write 3x224x224, or 128:int for whole "
    "numbers; several inputs with a comma between them.",
    "architecture.no_input": "Say which shape the input has, such as 3x224x224.",
    "architecture.shape_too_large": "An input of {text} has more than {limit} numbers: choose a "
    "smaller one.",
    "architecture.forward_inputs": "forward takes {signature}, and {count} inputs were given: "
    "{why}.",
    "architecture.no_option": "{option} is for torchvision's models: leave it out for a file of "
    "your own.",
    "architecture.no_numbers": "Nothing was allocated and nothing computed: it was built and run "
    "on PyTorch's meta device, where a tensor is a shape.",
    "architecture.real_numbers": "It was really built and run on the CPU with random numbers, "
    "because its code asks for some ({why}).",
}
