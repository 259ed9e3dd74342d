"""Who may do what: policies, built-in roles, and the principal that a request acts as.

Pure: a decision is a function of a principal, an action and a resource.
"""
