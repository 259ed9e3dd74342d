"""The benchmarks behind docs/performance.md: `make bench`, or `python -m bench --help`.

Each starts what a user would run (`muster serve`, in a process of its own, with durable commits) and a client
in another process, on this machine; and beside it the bare thing that the figure is compared with.
"""
