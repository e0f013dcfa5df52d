"""What the chapter `people` of the families counts."""
