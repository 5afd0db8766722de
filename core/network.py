"""The one way to the network: a file in pieces, or in a few words why it does not come."""

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

TIMEOUT = 20  # seconds without a byte until the network counts as gone
_CHUNK = 1 << 20

Progress = Callable[[int, int], None]  # (bytes so far, bytes in all)


class Unreachable(Exception):
    """A file that did not come, or not whole; its text ends "could not be downloaded (...)"."""


def received(url: str, progress: Progress | None = None) -> Iterator[bytes]:
    """The content behind an address, in pieces of about a megabyte.

    Args:
        progress: Called after each piece.

    Raises:
        Unreachable: If there is no network, or the connection is cut.
    """
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "thaw"})
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            total = int(response.headers.get("Content-Length") or 0)
            done = 0
            while chunk := response.read(_CHUNK):
                done += len(chunk)
                yield chunk
                if progress is not None:
                    progress(done, max(total, done))
            if done < total:
                raise http.client.IncompleteRead(b"", total - done)
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(_reason(error)) from None


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answered {error.code}"
    if isinstance(error, http.client.IncompleteRead):
        return "the connection was cut"
    if isinstance(error, TimeoutError):
        return "the server did not answer"
    return str(getattr(error, "reason", "") or error.__class__.__name__)
