"""A GPU that is made up, so that what only a GPU executes runs on a machine without one.

`runtime.c` says what of it is real. What it can show: which copies and waits PyTorch is asked for,
in which order, what lies where, and what its errors say. What it can't: numbers that a kernel
would compute, speed, cuDNN and NCCL.
"""
