"""The call of a DataLoader: only what is not its default."""

from core.data.exploration import Exploration, parse
from core.data.loader_call import call_text


def test_the_call_names_only_what_is_not_default():
    assert "DataLoader(dataset)" in call_text(Exploration())
    shuffled = parse({"loader": {"batch_size": 4, "shuffle": True, "seed": 5}})
    assert call_text(shuffled).endswith(
        "generator = torch.Generator().manual_seed(5)\n"
        "loader = DataLoader(dataset, batch_size=4, shuffle=True, generator=generator)"
    )
