"""What the chapter `quality` of the families counts."""
