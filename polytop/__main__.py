"""``python -m polytop``."""


def main() -> None:
    """Run the command line; ends the process with its exit status."""
    import gc

    gc.disable()  # loading makes no garbage; the command line switches it on again
    from polytop.cli.root import main as run

    run()


if __name__ == "__main__":
    main()
