"""The picture of a batch before and after collate: both sides, sample by sample."""

import re

from core.data.exploration import parse
from core.data.explore import explore
from pages.widgets.batches.before_after.drawn import draw_picture
from pages.widgets.batches.index_map.payload import map_of


def picture(data: str, number: int = 0, **loader: object) -> tuple[str, str]:
    """The samples and the batch, as HTML."""
    wanted = parse({"data": data, "batches": number + 1, "loader": loader})
    found = explore(wanted)
    text = draw_picture(
        found.batches[number], wanted.loader.collate, "my_function", found.class_names,
        is_image=data in ("digits", "shapes"),
    )
    before, _, after = text.partition("<div class='between'>")
    return before, after


def numbers(pattern: str, text: str) -> list[int]:
    return list(map(int, re.findall(pattern, text)))


def test_a_sample_has_one_colour_on_both_sides():
    before, after = picture("digits", batch_size=12, shuffle=True)
    assert numbers(r"data-of='(\d)' style='--c:var\(--c\d\)'", before) == list(range(8))
    rows = re.findall(r"data-from='(\d)' style='--c:var\(--c(\d)\)", after)
    assert rows == [(str(place), str(place)) for place in [*range(8), *range(8)]]
    assert "… and 4 more" in before and after.count("+ 4") == 2
    assert "[12, 3, 8, 8]" in after and "my_<wbr>function" in after
    # The same picture on both sides.
    assert re.findall(r"src='([^']+)'", before) == re.findall(r"src='([^']+)'", after)


def test_padding_is_marked_value_by_value():
    before, after = picture("example", 1, batch_size=4, collate="pad_zero")
    assert "class=pad" not in before
    assert after.count("class=pad") == 3 + 2 + 1
    assert "&#x27;X&#x27;:" in before and "&#x27;X&#x27;:" in after
    assert "19% padding" in after


def test_pictures_of_other_sizes_are_marked_to_the_right_and_below():
    before, after = picture("shapes", batch_size=4, collate="pad_images")
    assert "<u " not in before and after.count("<u ") >= 6


def test_long_sequences_are_bars():
    before, after = picture("sentences", batch_size=4, collate="pad_zero", shuffle=True)
    assert before.count("class='bar'") == after.count("class='bar'") == 4
    assert "of padding" in after and "of padding" not in before


def test_a_name_is_shown_and_nothing_more():
    found = explore(parse({"data": "iris", "loader": {"batch_size": 2}}))
    text = draw_picture(found.batches[0], "default", "f", ["<b>x</b>"] * 3, is_image=False)
    assert "&lt;b&gt;x" in text and "<b>x</b>" not in text


def test_the_index_map_has_what_drop_last_leaves_out_behind_the_rest():
    loader = {"batch_size": 16, "shuffle": True}
    whole = explore(parse({"data": "iris", "epochs": 2, "loader": loader}))
    short = explore(parse({"data": "iris", "epochs": 2, "loader": {**loader, "drop_last": True}}))
    drawn = map_of("A", short, whole)["epochs"]
    assert [(one["kept"], one["sizes"]) for one in drawn] == [(9, [16] * 9 + [6])] * 2
    assert drawn[0]["said"] == "Epoch 0: 9 batches, 144 samples, 6 left out"
    plain = map_of("", whole, whole)["epochs"][0]
    assert "kept" not in plain and plain["said"].endswith("10 batches, 150 samples, 6 in the last")
