"""The only room with sockets: HTTP, WebSocket and the clock."""
