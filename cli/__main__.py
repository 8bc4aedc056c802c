"""`python -m cli`: the same as `shuniu`."""

from cli import main

main()
