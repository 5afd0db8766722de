"""Which images: a folder and an upload get into the recipe once they can be trained on."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import recipe as recipes
from core import recipe_link
from core.data import uploads
from core.data.zip_import import import_zip
from core.recipe import DataSpec, Recipe
from tests.core.data.making import as_file, classes, folder, noise, zipped

ROOT = Path(__file__).parents[2]


def page() -> None:
    import streamlit as st

    from pages.state import draft
    from pages.widgets import notices
    from pages.widgets.train import data_choice

    notices.show_waiting()
    data_choice.edit(draft.get())
    st.code(draft.get().to_json())


@pytest.fixture
def at() -> AppTest:
    return AppTest.from_function(page, default_timeout=30).run()


def data(at: AppTest) -> tuple[str, str]:
    assert not at.exception, at.exception
    found = json.loads(at.code[0].value)["data"]
    return found["name"], found["path"]


def choose(at: AppTest, name: str) -> AppTest:
    return at.selectbox[0].set_value(name).run()


def errors(at: AppTest) -> list[str]:
    return [error.value for error in at.error]


def counts(at: AppTest) -> str:
    return next((one.value for one in at.markdown if "held out" in one.value), "")


def bring(at: AppTest, content: bytes, name: str = "pets.zip") -> AppTest:
    return at.file_uploader[0].set_value((name, content, "application/zip")).run()


def test_digits_are_there_at_once(at: AppTest) -> None:
    assert data(at) == ("digits", "")
    assert "**200** train" in counts(at)


def test_some_of_the_classes_are_chosen_twice(at: AppTest) -> None:
    def only() -> list[str]:
        return json.loads(at.code[0].value)["data"]["only"]

    for chosen in (["8", "3"], ["1", "2", "7"]):
        at.multiselect[0].set_value(chosen).run()
        assert only() == sorted(chosen)
        assert f"**{20 * len(chosen)}** train" in counts(at)
        assert f"{len(chosen)} classes" in [one.label for one in at.expander]
    at.multiselect[0].set_value(["4"]).run()  # one alone waits for another
    assert only() == ["1", "2", "7"]
    assert any("“4” alone leaves nothing" in one.value for one in at.markdown)
    at.multiselect[0].set_value(["4", "5"]).run()
    assert only() == ["4", "5"] and not any("alone" in one.value for one in at.markdown)
    at.multiselect[0].set_value([]).run()
    assert only() == [] and "**200** train" in counts(at)


def test_a_class_that_the_data_lacks_gets_a_sentence_and_can_be_taken_out(at: AppTest) -> None:
    at.session_state["draft.recipe"] = Recipe(
        data=DataSpec(name="digits", only=("3", "8", "ten"))
    )
    at.session_state["draft.generation"] = 1  # as whoever replaces a draft does
    at.run()
    assert "no class “ten”" in errors(at)[0]
    assert at.multiselect[0].value == ["3", "8", "ten"]
    at.multiselect[0].set_value(["3", "8"]).run()
    assert not errors(at) and "**40** train" in counts(at)


def test_another_set_clears_the_choice_and_says_so(at: AppTest) -> None:
    at.multiselect[0].set_value(["3", "8"]).run()
    choose(at, "cifar10")
    assert json.loads(at.code[0].value)["data"]["only"] == []
    assert any("choice of classes" in one.value for one in at.info)
    # Typed, for nobody knows them before they are downloaded.
    for typed in (["cat"], ["cat", "dog"], ["cat", "dog", "frog"]):
        at.multiselect[0].set_value(typed).run()
        assert at.multiselect[0].value == typed
    assert json.loads(at.code[0].value)["data"]["only"] == ["cat", "dog", "frog"]


def test_another_set_and_back(at: AppTest) -> None:
    assert data(choose(at, "cifar10")) == ("cifar10", "")
    assert any("163 MB" in caption.value for caption in at.caption)
    assert data(choose(at, "digits")) == ("digits", "")


def test_a_folder_waits_for_a_path_that_can_be_used(at: AppTest, tmp_path: Path) -> None:
    root = folder(tmp_path / "pets", classes("cat", "dog", each=10) | {"cat/bad.jpg": b"x"})
    choose(at, "folder")
    assert data(at) == ("digits", "")
    at.text_input[0].set_value(str(tmp_path / "none")).run()
    assert data(at) == ("digits", "")
    assert "There is no folder" in errors(at)[0]
    at.text_input[0].set_value(str(root)).run()
    assert data(at) == ("folder", str(root))
    assert not errors(at)
    assert "**12** train" in counts(at)
    assert "One file was left out" in [one.label for one in at.expander]
    at.text_input[0].set_value(str(root / "cat")).run()
    assert data(at) == ("folder", str(root))
    assert errors(at)


def test_a_choice_that_waits_is_forgotten_with_another(at: AppTest) -> None:
    choose(at, "folder")
    choose(at, "digits")
    assert not at.text_input or at.text_input[0].label != "Folder on this computer"
    choose(at, "cifar10")
    assert at.selectbox[0].value == "cifar10"
    assert data(at) == ("cifar10", "")


def test_notices_of_a_folder_are_shown(at: AppTest, tmp_path: Path) -> None:
    root = folder(tmp_path, classes("cat", "Cat", "dog", each=9) | classes("*owl*", each=1))
    choose(at, "folder")
    at.text_input[0].set_value(str(root)).run()
    assert "Cat, cat" in at.warning[0].value
    assert "\\*owl\\*" in errors(at)[0]  # too small to be divided; shown as it is
    assert not any("owl" in one.value for one in at.warning)  # and said once
    assert data(at) == ("folder", str(root))


def test_a_zip_is_brought_and_chosen_again(at: AppTest) -> None:
    choose(at, "upload")
    assert data(at) == ("digits", "")
    bring(at, zipped(classes("cat", "dog", each=10)).getvalue())
    (first,) = uploads.list_uploads()
    assert data(at) == ("upload", first.id)
    assert "**12** train" in counts(at)
    assert any("**pets.zip** · 20 images in 2 classes" in one.value for one in at.markdown)
    assert at.file_uploader[0].value is None  # nothing of the zip stays in memory
    assert len(uploads.list_uploads()) == 1

    bring(at, zipped(classes("a", "b", "c", each=5)).getvalue(), "letters.zip")
    second = uploads.list_uploads()[0]
    assert data(at) == ("upload", second.id)
    at.selectbox[1].set_value(first.id).run()
    assert data(at) == ("upload", first.id)
    choose(at, "digits")
    assert data(at) == ("digits", "")


def test_a_zip_that_is_refused_gets_its_sentence(at: AppTest) -> None:
    choose(at, "upload")
    bring(at, zipped(classes("cat")).getvalue())
    assert "make one class (cat)" in errors(at)[0]
    assert at.file_uploader[0].value is None
    assert uploads.list_uploads() == []
    bring(at, b"Rar!\x1a\x07\x01\0")
    assert "RAR archive" in errors(at)[0]
    bring(at, zipped(classes("cat", "dog")).getvalue())
    assert not errors(at)
    assert data(at)[0] == "upload"


def test_what_a_zip_left_out_is_listed(at: AppTest) -> None:
    files = classes("cat", "dog", each=6) | {"cat/page.png": b"<html>", "dog/cut.jpg": b""}
    choose(at, "upload")
    bring(at, zipped(files | {"cow/": b""}).getvalue())
    assert "“cow”" in at.warning[0].value
    assert "2 left out" in [one.label for one in at.expander]


def test_an_upload_is_deleted_and_said(at: AppTest) -> None:
    choose(at, "upload")
    upload = import_zip(zipped(classes("cat", "dog", each=6)), "pets.zip")
    at.run()
    at.selectbox[1].set_value(upload.id).run()
    assert data(at) == ("upload", upload.id)
    next(one for one in at.button if one.label == "Delete for good").click().run()
    assert uploads.list_uploads() == []
    assert "was deleted" in at.success[0].value
    assert "not on this computer" in errors(at)[0]
    assert data(choose(at, "digits")) == ("digits", "")


def test_examples_of_many_photographs(at: AppTest) -> None:
    photo = as_file(noise(800, 600), "JPEG")
    files = {f"{name}/{number}.jpg": photo for name in "abcdefg" for number in range(5)}
    choose(at, "upload")
    bring(at, zipped(files).getvalue())
    assert not at.exception
    assert any("and 2 more classes" in caption.value for caption in at.caption)


def test_on_the_page_itself() -> None:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    at.switch_page("pages/train.py").run()
    next(one for one in at.selectbox if one.label == "Data set").set_value("upload").run()
    bring(at, zipped(classes("cat", "dog", each=6)).getvalue())
    assert not at.exception and not errors(at)
    assert any("2 classes" in one.value for one in at.markdown)


def start_button(at: AppTest):
    return next(one for one in at.button if one.label == "Start training")


def red_words(at: AppTest) -> str:
    return " ".join(one.value for one in at.markdown if one.value.startswith(":red["))


def test_nothing_starts_without_the_images_that_the_page_shows() -> None:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    at.switch_page("pages/train.py").run()
    assert not start_button(at).disabled
    data_set = next(one for one in at.selectbox if one.label == "Data set")
    data_set.set_value("upload").run()
    assert start_button(at).disabled  # the recipe still says digits, and the page does not
    assert "No images are chosen yet" in red_words(at)
    bring(at, zipped(classes("cat", "dog", each=6)).getvalue())
    assert not start_button(at).disabled
    assert not red_words(at)
    next(one for one in at.button if one.label == "Delete for good").click().run()
    assert start_button(at).disabled
    assert "not on this computer" in red_words(at)
    next(one for one in at.selectbox if one.label == "Data set").set_value("digits").run()
    assert not start_button(at).disabled


def test_a_folder_that_vanished_and_a_class_that_is_too_small_start_nothing(
    tmp_path: Path,
) -> None:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    changed, _ = recipes.with_data(Recipe(), "folder", str(tmp_path / "gone"))
    at.query_params["recipe"] = recipe_link.to_link(changed)
    at.run().switch_page("pages/train.py").run()
    assert start_button(at).disabled
    assert "There is no folder" in red_words(at)
    root = folder(tmp_path / "pets", classes("cat", each=10) | classes("dog", each=1))
    next(one for one in at.text_input if one.label.startswith("Folder")).set_value(str(root)).run()
    assert start_button(at).disabled
    assert "has 1 of the 3 images" in red_words(at)
