"""A recipe as one plain PyTorch script, without Thaw: `script_of`, and `notebook_of` it."""

from core.script.assemble import Script, script_of
from core.script.notebook import notebook_of
from core.script.section import Section

__all__ = ["Script", "Section", "notebook_of", "script_of"]
