"""What can go wrong, as an id with values, and the English sentence of each id.

`core` raises ids; a page or the command line turns them into a sentence of the reader's
language. One literal table a subject lies beside this file; a second language is a second
set of tables.
"""

from core.messages.error import Problem, ThawError
from core.messages.sentences import ENGLISH, sentence

__all__ = ["ENGLISH", "Problem", "ThawError", "sentence"]
