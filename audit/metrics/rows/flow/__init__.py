"""What the chapter `flow` of the families counts."""
