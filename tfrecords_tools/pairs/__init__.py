"""Query-product pairs, those of KDD Cup: from its files to records and back."""
