"""The page and the workbook of the daily pack: what the stand-up is held by, and a sheet a seller."""
