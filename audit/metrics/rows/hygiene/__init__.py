"""What the chapter `hygiene` of the families counts."""
