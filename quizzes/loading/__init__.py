"""From quiz files to the database: parsing, checks of every variant, saving revisions."""
