"""Parts of the section on the data: files to ask for, months, findings, tables."""
