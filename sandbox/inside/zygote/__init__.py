"""The zygote: one warm interpreter for an environment, from which each jail's supervisor is forked."""
