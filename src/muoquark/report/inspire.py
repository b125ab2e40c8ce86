"""Bibliographic records from INSPIRE, for those who are online."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request

from muoquark.common.errors import InputError
from muoquark.report.bibtex import entries

__all__ = ["Inspire", "link"]

API = "https://inspirehep.net/api"


def link(key: str, eprint: str = "", doi: str = "") -> str:
    """Return the address at which a person finds the record of a key."""
    if eprint:
        return f"https://inspirehep.net/arxiv/{eprint}"
    if doi:
        return f"https://doi.org/{doi}"
    return f"https://inspirehep.net/literature?q=texkeys:{urllib.parse.quote(key, safe=':')}"


class Inspire:
    """INSPIRE's interface for programs (https://github.com/inspirehep/rest-api-doc).

    Parameters
    ----------
    timeout
        Seconds to wait for an answer.
    api
        Its address.
    """

    def __init__(self, timeout: float = 10.0, api: str = API) -> None:
        self.timeout, self.api = timeout, api

    def url(self, key: str, eprint: str = "") -> str:
        """Return the address that answers with BibTeX."""
        if eprint or key.startswith("arXiv:"):
            return f"{self.api}/arxiv/{eprint or key.removeprefix('arXiv:')}?format=bibtex"
        if key.startswith("doi:"):
            return f"{self.api}/doi/{key.removeprefix('doi:')}?format=bibtex"
        query = urllib.parse.urlencode({"q": f"texkeys:{key}", "format": "bibtex"})
        return f"{self.api}/literature?{query}"

    def record(self, key: str, eprint: str = "") -> dict[str, str]:
        """Return the fields of a record; nothing for a key that INSPIRE does not know.

        Raises
        ------
        InputError
            If INSPIRE cannot be reached or does not answer in time.
        """
        try:
            with urllib.request.urlopen(self.url(key, eprint), timeout=self.timeout) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return {}
            raise InputError(f"--online: INSPIRE answers '{error.code} {error.reason}'") from None
        except OSError as error:
            reason = getattr(error, "reason", error)
            raise InputError(
                f"--online: INSPIRE cannot be reached ({reason}); without --online the records "
                "that come with the package are used"
            ) from None
        found = entries(text)
        return next(iter(found.values()), {})
