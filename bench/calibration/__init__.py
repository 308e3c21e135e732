"""The model of `predict` on what shops really sold: `make calibrate`."""
