"""The service: says hello, and that it is well. Replace it by yours; it listens on HOST and PORT."""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class App(BaseHTTPRequestHandler):
    """Answers every path with JSON."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Say hello, or how it is."""
        said = {"status": "well"} if self.path == "/health" else {"hello": self.path}
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """Read what was sent, and say hello."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Write to stdout: that is the log group."""
        print(format % args, flush=True)


def stop(*_: object) -> None:
    """End at once and cleanly: ECS sends SIGTERM first."""
    sys.exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    host, port = os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "8080"))
    with ThreadingHTTPServer((host, port), App) as server:
        print(f"listening on {host}:{port}", flush=True)
        server.serve_forever()
