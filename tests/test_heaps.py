"""Whether the heaps of gone visitors are shared where the C library can do it."""

from __future__ import annotations

import platform

from advisor.pages.heaps import share_heaps


def test_heaps_are_shared_with_glibc_and_nothing_breaks_without() -> None:
    assert share_heaps() is (platform.libc_ver()[0] == "glibc")
