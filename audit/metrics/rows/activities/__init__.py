"""What the chapter `activities` of the families counts."""
