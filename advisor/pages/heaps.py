"""Less memory left behind by visitors who have gone."""

from __future__ import annotations

import ctypes

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8  # M_MMAP_THRESHOLD and M_ARENA_MAX of glibc's malloc.h
_LARGE = 128 * 1024


def share_heaps() -> bool:
    """Let new threads share the heaps there are and give large blocks back at once; False without glibc.

    Each visitor's script runs in a thread of its own, glibc gives a new thread a new heap, and what one visitor
    leaves free in it serves no other. A block is large from 128 KB on, the limit that glibc begins with and
    raises up to 32 MB as files of that size come and go. Source: mallopt(3).
    """
    try:
        library = ctypes.CDLL(None)
        return bool(library.mallopt(_ARENA_MAX, 1) and library.mallopt(_MMAP_THRESHOLD, _LARGE))
    except (AttributeError, OSError, TypeError):
        return False
