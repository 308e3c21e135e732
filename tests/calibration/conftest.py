"""The model on data of real shops; `make calibrate` installs what this needs."""

from importlib.util import find_spec

# Without the data nothing here is collected: `make test` does not need them.
collect_ignore_glob = [] if find_spec("lifetimes") else ["test_*.py"]
