"""A worker that does every second what others do every hour; run as a script by a test."""

from __future__ import annotations

from functools import partial

from streamseg.environment import load_settings
from streamseg.stream import watch
from streamseg.stream.app import run_worker

if __name__ == "__main__":
    watch.LOOK_SECONDS = 0.5  # type: ignore[misc]
    watch.SignalTrim = partial(watch.SignalTrim, every=1.0)  # type: ignore[misc,assignment]
    watch.LogRoll = partial(watch.LogRoll, every=1.0)  # type: ignore[misc,assignment]
    run_worker(load_settings())
