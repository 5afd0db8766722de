"""Models: the catalogue, building, heads, freezing, summaries."""
