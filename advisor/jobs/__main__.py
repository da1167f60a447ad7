"""The child of a job: `python -m advisor.jobs FOLDER`."""

import sys
from pathlib import Path

from advisor.jobs.child import main

if __name__ == "__main__":
    main(Path(sys.argv[1]))
