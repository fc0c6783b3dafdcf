"""The office's pages (安委办管理后台): Django's admin over what the domain shows and does, and no way round it."""
