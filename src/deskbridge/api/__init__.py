"""HTTP and WebSocket: parses what comes in, asks the services, shows what they answer."""
