"""`python -m streamseg` is the same as the console script `streamseg`."""

from streamseg.cli.main import main

if __name__ == "__main__":
    main()
