"""The reader's language: a problem's id becomes a sentence here, so `core` knows none."""

from core.messages import Problem, ThawError, sentence


def say(problem: Problem | ThawError) -> str:
    """The problem, or the error's problems, in words."""
    if isinstance(problem, ThawError):
        found = getattr(problem, "problems", (problem.problem,))
        return " ".join(sentence(one) for one in found)
    return sentence(problem)
