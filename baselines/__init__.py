"""What a small model reaches on a labelled table, measured honestly.

Takes nothing of this project but the one class of errors, so that a caller who expects a `Problem` meets no other.
"""

from __future__ import annotations

from pricing import Problem as Problem
