"""Run by `test_made_up_gpu.py` in a process that has the made-up GPU; pytest finds none of it."""
