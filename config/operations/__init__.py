"""What operators run and read: `manage.py up`, system checks, /healthz and /readyz."""
