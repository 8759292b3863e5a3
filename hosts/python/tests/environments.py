"""Virtual environments for programs that need more than the tests do.

Each is beside the tests' own, with the package that is tested and what a file of requirements names.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import thumbox


def environment(requirements: Path) -> Path:
    """The interpreter of the environment for a file of requirements, which is made once for what the file says."""
    folder = Path(sys.prefix).parent / f"venv-{requirements.parent.name}-{requirements.stem}"
    python = folder / "bin" / "python"
    stamp, content = folder / "made-of", requirements.read_text()
    if not stamp.is_file() or stamp.read_text() != content:
        _run(sys.executable, "-m", "venv", "--clear", str(folder))
        # What the package itself needs.
        needed = [f"{name}=={version}" for name, version in _needed()]
        _run(python, "-m", "pip", "install", "--quiet", "--requirement", requirements, *needed)
        _share(python)
        stamp.write_text(content)
    return python


def _needed() -> list[tuple[str, str]]:
    from importlib.metadata import version

    return [(name, version(name)) for name in ("wasmtime", "rich")]


def _share(python: Path) -> None:
    """Lets the environment find the package that is tested, and nothing else that is installed beside it."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.check_output([python, "-c", code], text=True).strip())
    (packages / "thumbox").symlink_to(Path(thumbox.__file__).parent)


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
