"""`python -m m365sim`: the same as the console script."""

from m365sim.cli import main

if __name__ == "__main__":
    main()
