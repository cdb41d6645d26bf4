"""``python -m hatoba``: the same as the ``hatoba`` command."""

from hatoba.cli.main import main

if __name__ == "__main__":
    main()
