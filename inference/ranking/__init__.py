"""From scores of query-product pairs to rankings: metrics, pool rules, submissions, re-ranking, ensembles."""
