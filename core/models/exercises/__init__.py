"""The lecture's exercises on modules: each runs real PyTorch code and returns data."""
