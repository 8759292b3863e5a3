"""`python -m thumbox` is the command `thumbox`."""

from __future__ import annotations

import sys

from thumbox.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
