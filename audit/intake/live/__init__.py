"""Databases, folders of parquet files and portals as sources; secrets come from the environment or a keyring only."""
