"""`python -m thumbox_ros` is `thumbox-ros`."""

from __future__ import annotations

from thumbox_ros.thumbnails.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
