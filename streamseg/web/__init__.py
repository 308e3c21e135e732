"""What a worker tells over HTTP: metrics, health, the API and the console."""
