"""Each thing to choose has a title of its own, and keeps it when another one comes."""

from pages.widgets import unlike_titles


def test_a_title_that_is_taken_gets_the_end_of_the_id() -> None:
    titles = {"sweep_c_zzzz": "lr", "sweep_b_yyyy": "depth", "sweep_a_xxxx": "lr"}
    assert unlike_titles.of(titles) == {
        "sweep_c_zzzz": "lr (zzzz)", "sweep_b_yyyy": "depth", "sweep_a_xxxx": "lr",
    }
    assert list(unlike_titles.of(titles)) == list(titles)
    assert unlike_titles.of({}) == {}
