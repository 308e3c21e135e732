"""The web server of a worker: metrics, health, the API and the console."""
