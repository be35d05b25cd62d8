"""llama.cpp's own HTTP server, as its Python package carries it, on a free loopback port: prints its address, ends with its input."""
import sys

import xllamacpp

model, port, key = sys.argv[1], int(sys.argv[2]), sys.argv[3]
params = xllamacpp.CommonParams()
params.model.path = model
params.model_alias = {"smollm2"} if isinstance(params.model_alias, set) else params.model_alias
params.hostnames = ["127.0.0.1"]
params.port = port
params.n_parallel = 4
params.n_ctx = 4 * 2048
params.api_keys = [key] if key else []
# Threads of one model wait for each other busily: on a machine with other work one is faster than two.
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
