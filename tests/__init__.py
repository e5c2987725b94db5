"""The tests."""

import os

# Each worker has a core: threads that wait for each other cost more than the work. Libraries ask when they are loaded.
for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")
