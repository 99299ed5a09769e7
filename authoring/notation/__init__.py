"""What people type, read in any notation: numbers with units, and short texts. Pure."""
