"""A local HTTP server: one service answers, and a fault spoils what it answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Reply:
    body: bytes
    kind: str
    status: int = 200


@dataclass
class Local:
    """A running server.

    `answer` turns a path, a query and the headers into a reply; None is a 404. `fault` names what goes wrong, for the
    first `times` requests whose address contains `where`.
    """

    answer: Callable[[str, dict, dict], Reply | None]
    fault: str = ""
    where: str = ""
    times: int = 10**9
    asked: list[str] = field(default_factory=list)

    def __enter__(self):
        local = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # noqa: N802, the name is that of the base class
                local.respond(self)

            def log_message(self, *arguments):
                pass

        self.done = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *where: None  # a client that hangs up is part of the tests
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        return self

    def __exit__(self, *error):
        self.done.set()
        self.server.shutdown()
        self.server.server_close()

    def respond(self, handler):
        parts = urlsplit(handler.path)
        self.asked.append(handler.path)
        reply = self.answer(parts.path, parse_qs(parts.query), handler.headers)
        reply = reply or Reply(b"<m>no results found</m>", "application/xml", 404)
        announced = len(reply.body)
        if self.fault and self.where in handler.path and self.times > 0:
            self.times -= 1
            if self.fault == "timeout":
                self.done.wait(5)
            elif self.fault == "500":
                reply = Reply(b"<html>Internal error</html>", "text/html", 500)
            elif self.fault == "truncated":
                reply = Reply(reply.body[: len(reply.body) // 2], reply.kind)
            elif self.fault == "cut":  # whole on its own terms, but half of it
                reply = Reply(reply.body[: len(reply.body) // 2], reply.kind)
                announced = len(reply.body)
            elif self.fault == "nothing":
                reply, announced = Reply(b"", reply.kind), 0
            elif self.fault == "page":
                reply = Reply(b"<html>Please accept our cookies</html>", "text/html; charset=utf-8")
                announced = len(reply.body)
            elif self.fault == "refused":
                reply = Reply(b"no results found", "text/plain", 404)
            else:
                raise ValueError(self.fault)
            announced = len(reply.body) if self.fault in ("500", "refused") else announced
        handler.send_response(reply.status)
        handler.send_header("Content-Type", reply.kind)
        handler.send_header("Content-Length", str(announced))
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(reply.body)
        handler.close_connection = True


def wait(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.005)
    return False
