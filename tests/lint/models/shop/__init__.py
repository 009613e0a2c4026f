"""Part of a project whose models use every way of saying things."""
