"""What the chapter `plan` of the families counts."""
