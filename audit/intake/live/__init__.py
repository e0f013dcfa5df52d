"""Databases, folders of parquet files and portals as sources; secrets come from the environment or a keyring only."""

FOLDER = ".live"  # inside inbox/: copies of what places gave
