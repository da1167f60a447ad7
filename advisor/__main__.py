"""`python -m advisor COMMAND`: the whole product from a shell."""

from __future__ import annotations

import sys

from advisor.cli import main

if __name__ == "__main__":
    sys.exit(main())
