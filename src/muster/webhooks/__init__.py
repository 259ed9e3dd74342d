"""Webhooks: addresses that are told of each change, by the entry that it has in the audit log.

An entry is queued for each webhook in the transaction that writes it (see `muster.webhooks.store`), and a
worker of the server sends what is queued: signed, tried again after failures, and never to a private
address unless a setting allows that. Each attempt is a row of the delivery log.
"""
