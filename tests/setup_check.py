"""What the machine lacks, said plainly before the work begins.

python -m tests.setup_check openmp browser
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

BROWSERS = ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MAC_BROWSERS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
DEBIAN_PACKAGES = ("chromium", "fonts-noto-cjk")


def openmp_is_missing() -> bool:
    """Whether LightGBM's own library cannot be loaded, which is nearly always a missing OpenMP."""
    spec = find_spec("lightgbm")
    folders = (spec.submodule_search_locations if spec else None) or []
    libraries = [
        path
        for folder in folders
        for path in Path(folder).glob("**/lib_lightgbm.*")
        if path.suffix in {".so", ".dylib", ".dll"}
    ]
    try:
        for library in libraries:
            ctypes.CDLL(str(library))
    except OSError:
        return True
    return not libraries


def find_browser() -> str | None:
    """The Chromium or Chrome of this machine, Debian's first."""
    for name in (*BROWSERS, *MAC_BROWSERS):
        found = shutil.which(name)
        if found:
            return found
    return None


def install_browser() -> None:
    """Debian's Chromium and a Japanese font, where this user may install them."""
    if find_browser() or not shutil.which("apt-get") or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    print(f"No Chromium found; installing Debian's {' and '.join(DEBIAN_PACKAGES)} ...", flush=True)
    quiet = {"stdout": subprocess.DEVNULL, "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)  # type: ignore[call-overload]
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *DEBIAN_PACKAGES]
    subprocess.run(command, check=False, **quiet)  # type: ignore[call-overload]


def main(checks: list[str]) -> None:
    if "openmp" in checks and openmp_is_missing():
        print(
            "LightGBM cannot load its OpenMP library, so its rungs of the baseline ladder will be left out; the "
            "others run. Debian: apt install libgomp1; macOS: brew install libomp",
            file=sys.stderr,
        )
    if "browser" in checks:
        install_browser()


if __name__ == "__main__":
    main(sys.argv[1:])
