"""A worker that takes rules whatever they make it remember, as former versions did."""

from __future__ import annotations

from streamseg.environment import load_settings
from streamseg.rules import loading
from streamseg.stream.app import run_worker

if __name__ == "__main__":
    loading.report_size = lambda *_: None
    run_worker(load_settings())
