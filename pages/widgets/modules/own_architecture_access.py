"""Whether this visitor may type code, from what Streamlit knows of the visit."""

import streamlit as st

from core.sandbox import policy
from core.sandbox.policy import Access, Visit


def of_this_visit() -> Access:
    """What the owner's setting and the way that the browser came allow."""
    headers = dict(st.context.headers.items())
    visit = Visit(st.get_option("server.address"), headers, st.context.ip_address)
    return policy.access(visit)
