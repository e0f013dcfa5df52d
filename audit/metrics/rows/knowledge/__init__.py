"""What the chapter `knowledge` of the families counts."""
