"""What the chapter `management` of the families counts."""
