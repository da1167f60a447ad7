"""llama.cpp's own HTTP server on loopback: `python server.py MODEL.gguf PORT KEY`, in the environment of `make test-llm`.

One thread: on a busy machine with two cores, two threads that wait for each other by spinning were 27 times slower.
"""

from __future__ import annotations

import os
import signal
import sys

import xllamacpp  # type: ignore[import-not-found]


def main() -> None:
    model, port, key = sys.argv[1:4]
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.hostnames, params.port = ["127.0.0.1"], int(port)
    params.api_keys = [key]
    params.ui = False
    params.n_ctx, params.n_parallel = 4096, 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(params)
    print("ready", server.listening_address, flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    # The engine's own threads would keep the interpreter from ending.
    os._exit(0)


if __name__ == "__main__":
    main()
