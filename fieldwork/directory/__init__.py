"""Who and where: divisions, organisations, posts, leaders, tenures, linkages, industries, sites, users, delegations."""
