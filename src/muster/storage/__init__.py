"""The stores behind the Protocols of the domain, one package for each backend; none knows another."""
