"""Figures of lessons that show recorded runs of labs."""
