# SPDX-License-Identifier: GPL-3.0-or-later
# A private server's programs and libraries, from where the packages were unpacked.

import os
import shutil


def copy_programs(servers, folder, programs):
    os.makedirs(os.path.join(folder, "s"))
    for name in programs:
        target = os.path.join(folder, "s", os.path.basename(name))
        shutil.copyfile(os.path.join(servers, "usr", name), target)
        os.chmod(target, 0o755)


def libraries(servers, prefix):
    """The paths of those whose names begin so, wherever the machine has them."""
    for top, _, names in os.walk(os.path.join(servers, "usr/lib")):
        for name in names:
            if name.startswith(prefix) and name.endswith(".so.0"):
                yield os.path.join(top, name)
