"""A contract-testing harness for services that answer 202 Accepted and report over a WebSocket."""
