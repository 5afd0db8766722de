"""Start: what Thaw is, the embedded example, the way, and where things lie."""

import streamlit as st

from core.ready_recipes import READY
from pages.state import draft, person
from pages.widgets import deep_link
from pages.widgets.start import places_table, recipe_file, running, way

st.title("Thaw")
st.markdown(
    "Take a vision model that has already learned to see, freeze what it knows, and teach it "
    "something new. Every step lies open: the layers, the batches, the numbers while they move."
)

with st.container(border=True):
    words, picture = st.columns([2, 3], gap="large", vertical_alignment="center")
    picture.image("static/letters_to_digits.svg", width="stretch")
    with words:
        st.markdown(
            "**A first lesson, with no network:** a small model that learned to read printed "
            "letters is fine-tuned to handwritten digits, 20 images of each, in about a minute."
        )
        if st.button("Letters → digits", type="primary", icon=":material/play_arrow:"):
            draft.replace(READY["letters-to-digits"])
            person.notify("Everything is set for letters → digits: start the training.")
            st.switch_page("pages/train.py")

running.show()

st.subheader("Your way")
way.show(draft.get(), running.words())

with st.container(horizontal=True):
    recipe_file.show_download()
    recipe_file.show_upload()
    deep_link.show()

with st.expander("Where things lie on this computer", icon=":material/hard_drive:"):
    places_table.show()
