"""One way to ask any publisher's service: a time limit, few tries, and an answer that is whole and of its kind."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree import ElementTree

import requests

KINDS = ("json", "xml", "gzip")
"""What an answer can be: JSON, XML, or anything in gzip."""
_AGAIN = (429, 500, 502, 503, 504)
_LOST = (
    requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)  # fmt: skip


class NoAnswer(Exception):
    """A service did not give what was asked for.

    Parameters
    ----------
    address : str
        The address that was asked.
    expected, came : str
        What should have come and what came instead, in words.
    """

    def __init__(self, address: str, expected: str, came: str):
        self.address, self.expected, self.came = address, expected, came
        super().__init__(f"{address}: expected {expected}, came {came}")


class Session(requests.Session):
    """A session of requests that tries again a few times and returns whole answers of an expected kind only.

    Parameters
    ----------
    kinds : sequence of str
        Legal kinds of answer, of `KINDS`.
    timeout : float
        Seconds to wait for the connection and for each piece of the answer.
    tries : int
        How often to ask in all, where the connection fails, the answer breaks off, or the service says that it is busy
        or broken (429, 500, 502, 503, 504).
    pause : float
        Seconds before the second try; doubled before each further one.

    Raises
    ------
    ValueError
        If a kind is not legal.
    """

    def __init__(self, kinds: tuple[str, ...], timeout: float = 60.0, tries: int = 4, pause: float = 2.0):
        super().__init__()
        if unknown := [kind for kind in kinds if kind not in KINDS]:
            raise ValueError(f"kind of answer {', '.join(unknown)}; legal: {', '.join(KINDS)}")
        self.kinds, self.timeout, self.tries, self.pause = kinds, timeout, tries, pause
        self.failed: dict[str, NoAnswer] = {}
        self.known: dict[tuple, requests.Response] = {}
        self.answers: list[requests.Response] = []
        """The answers given, in order; the last one is what a client package is reading."""
        self.headers.update({"Accept-Language": "en", "User-Agent": "two-economies"})  # the OECD refuses no language

    def send(self, request: requests.PreparedRequest, **options) -> requests.Response:
        """Send one request, as often as `tries` allows, and return its answer; what was answered is not asked again.

        Raises
        ------
        NoAnswer
            If no whole answer of an expected kind came. An address that failed is not asked again: some client
            packages ask four times by themselves.
        """
        if request.url in self.failed:
            raise self.failed[request.url]
        asked = (request.url, request.headers.get("Accept"))
        if asked in self.known:
            self.answers.append(self.known[asked])
            return self.known[asked]
        options["timeout"] = self.timeout
        for left in reversed(range(self.tries)):
            try:
                answer = super().send(request, **options)
                problem = self._problem(answer)
            except _LOST as lost:
                problem = (self._wanted(), _in_words(lost, self.timeout), True)
            if problem is None:
                self.answers.append(answer)
                self.known[asked] = answer
                return answer
            expected, came, again = problem
            if not again or left == 0:
                break
            time.sleep(self.pause * 2 ** (self.tries - 1 - left))
        tries = f" (asked {self.tries} time{'s' if self.tries > 1 else ''})" if again else ""
        self.failed[request.url] = NoAnswer(request.url, expected, came + tries)
        raise self.failed[request.url]

    @contextmanager
    def stands_in(self, module) -> Iterator[None]:
        """Let a package that calls `requests.get` and takes no session use this one, for a while."""
        theirs, module.requests = module.requests, self
        try:
            yield
        finally:
            module.requests = theirs

    def _wanted(self) -> str:
        return "an answer in " + " or ".join(kind.upper() if kind != "gzip" else kind for kind in self.kinds)

    def _problem(self, answer: requests.Response) -> tuple[str, str, bool] | None:
        """Return what was expected, what came and whether to ask again, or None for a good answer."""
        if answer.is_redirect:
            return None
        if not answer.ok:
            said = " ".join(answer.text.split())[:120]
            came = f"status {answer.status_code} {answer.reason}" + (f": {said}" if said else "")
            return "status 200", came, answer.status_code in _AGAIN
        body, kind = answer.content, _kind(answer)
        if not body:
            return self._wanted(), "an empty body", True
        if kind not in self.kinds:
            return self._wanted(), f"content of type {answer.headers.get('Content-Type', 'unknown')!r}", False
        try:
            if kind == "json":
                json.loads(body)
            elif kind == "xml":
                ElementTree.fromstring(body)
            else:
                gzip.decompress(body)
        except (ValueError, ElementTree.ParseError, OSError, EOFError) as broken:
            return f"whole {kind}", f"{len(body)} bytes that are not ({broken})", True
        return None


def _kind(answer: requests.Response) -> str:
    """Return the kind of an answer by its content type, and gzip by its first bytes (its types differ)."""
    if answer.content[:2] == b"\x1f\x8b":
        return "gzip"
    stated = answer.headers.get("Content-Type", "").lower()
    return next((kind for kind in ("json", "xml") if kind in stated.partition(";")[0]), stated)


def _in_words(lost: Exception, timeout: float) -> str:
    if isinstance(lost, requests.Timeout):
        return f"nothing within {timeout:g} seconds"
    if isinstance(lost, requests.ConnectionError):
        return "no connection"
    return "an answer that broke off"
