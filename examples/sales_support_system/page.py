"""Stands in for httpd where no container engine is reachable: the same page, each request logged."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = b"<title>Amazon ECS Sample App</title><h1>Amazon ECS Sample App</h1><h2>Congratulations!</h2>\n"


class Page(BaseHTTPRequestHandler):
    """Answers every path with the page, as the task's httpd does for its own."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave in one packet

    def answer(self) -> None:
        """Send the page. A request's body is read and dropped, so that the connection stays usable."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(PAGE)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = answer  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Write to stdout, as a container does."""
        print(self.address_string(), format % args, flush=True)


def stop(*_: object) -> None:
    """End at once and cleanly: ECS sends SIGTERM first."""
    print("stopping", flush=True)
    sys.exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8080"))
    with ThreadingHTTPServer((host, port), Page) as server:
        print(f"listening on {host}:{server.server_port}", flush=True)
        server.serve_forever()
