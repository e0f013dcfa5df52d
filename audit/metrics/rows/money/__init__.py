"""What the chapter `money` of the families counts."""
