"""A tree of many rows in the browser: the script that components with a tree begin with.

`elements.js` has the small pieces that they draw with, `row_tree.js` the class `RowTree`.
"""

from pathlib import Path

_FOLDER = Path(__file__).parent
SCRIPT = "\n".join(
    (_FOLDER / name).read_text(encoding="utf-8") for name in ("elements.js", "row_tree.js")
)
