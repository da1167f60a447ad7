"""Speed and memory, each as a ratio to a named peer in the same run; by hand, never part of the tests."""

from __future__ import annotations


def held(name: str, found: float, most: float, unit: str = "x") -> bool:
    """Print what was found beside what was promised; whether the promise is held."""
    verdict = "held" if found <= most else "MISSED"
    print(f"{name}: {found:.2f}{unit}, at most {most:g}{unit}: {verdict}", flush=True)
    return found <= most
