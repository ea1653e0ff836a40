"""Wheels that have a layer of their own: those over about 1 MB compressed, in the order in which layers lie.

A large wheel then moves only when it changes itself, and images that share it share its layer. A wheel that is in no
image makes no layer anywhere.
"""

LARGE_WHEELS = [
    "grpcio",
    "cryptography",
    "obstore",
    "psycopg_binary",
    "google_cloud_run",
]
