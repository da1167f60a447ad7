"""The launch kit's own script, run for real: `make test-kit`."""
