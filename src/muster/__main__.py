"""`python -m muster` is `muster`."""

from muster.bootstrap.entry import main

if __name__ == "__main__":
    main()
