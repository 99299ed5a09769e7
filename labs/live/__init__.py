"""Live data: the stream of a run in Valkey, the SSE feed that browsers read, and heartbeats of runners."""
