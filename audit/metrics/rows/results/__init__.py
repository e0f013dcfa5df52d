"""What the chapter `results` of the families counts."""
