"""The recipe as PyTorch: whole on the Code page, the part of a page on each other one."""
