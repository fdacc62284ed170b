"""What the pages are made of: exhibits, values in prose, the ledger of claims."""
