"""A program of its own: makes its standard input its controlling terminal, and becomes a command.

``python -I -S on_terminal.py <command> <words …>``. Job control and Ctrl-C need a controlling terminal,
and only the process itself can take one.
"""

from __future__ import annotations

import fcntl
import os
import sys
import termios


def main() -> None:
    """Do it; a command that is not found ends with 127, one that cannot be executed with 126."""
    fcntl.ioctl(sys.stdin.fileno(), termios.TIOCSCTTY, 0)
    try:
        os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - this is what it is for
    except FileNotFoundError as error:
        code = 127
        said = error.strerror
    except OSError as error:
        code = 126
        said = error.strerror
    sys.stderr.write(f"{sys.argv[1]}: {said}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
