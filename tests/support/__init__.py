"""What tests share: real servers, and agents who act through HTTP and the WebSocket."""
