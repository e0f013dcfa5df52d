"""What the chapter `leads` of the families counts."""
