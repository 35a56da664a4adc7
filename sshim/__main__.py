"""`python -m sshim`: the same program as the `sshim` console script."""

from sshim.cli.main import main

if __name__ == "__main__":
    main()
