"""One WebSocket per browser tab: a snapshot's version, the events after it, and presence of who is on screen."""
