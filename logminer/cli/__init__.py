"""The terminal. Each verb is a few lines over one function of the Python API."""
