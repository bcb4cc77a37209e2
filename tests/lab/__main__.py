"""`python -m tests.lab`: the laboratory by hand.

python -m tests.lab                 run the laboratory's tests
python -m tests.lab run COMMAND     run a shell line in a fresh laboratory
python -m tests.lab setup           fetch the kernel and tell whether KVM works
"""

import sys

from tests.lab.kernel import LabError, prepare
from tests.lab.vm import Lab, kvm_works


def main(arguments: list[str]) -> int:
    """The exit status."""
    match arguments:
        case []:
            import pytest

            return int(pytest.main(["tests/lab"]))
        case ["setup"]:
            kernel = prepare()
            print(kernel.image, "KVM works" if kvm_works(kernel) else "software emulation")
            return 0
        case ["run", *words] if words:
            with Lab() as lab:
                result = lab.run(" ".join(words), timeout=3600)
            sys.stdout.write(result.out)
            return result.rc
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except LabError as error:
        sys.exit(str(error))
