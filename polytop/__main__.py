"""``python -m polytop``."""


def main() -> None:
    """Run the command line and exit with its status."""
    import gc

    gc.disable()  # imports make no garbage; the command line switches it on again
    from polytop.cli.root import main as run

    run()


if __name__ == "__main__":
    main()
