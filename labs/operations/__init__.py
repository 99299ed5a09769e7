"""What operators see: readiness, a snapshot of the labs' state, a diagnosis, and the health page."""
