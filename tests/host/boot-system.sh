# shellcheck shell=bash
# Sourced by tests of the way a machine starts: a whole system (tests/vm/system) with what `make install` and `make
# tools_install` install. They run on the host.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/vm/lib.sh
. tests/vm/lib.sh
# shellcheck source=tests/vm/apt.sh
. tests/vm/apt.sh
# shellcheck source=tests/vm/chroot.sh
. tests/vm/chroot.sh
# shellcheck source=tests/vm/module.sh
. tests/vm/module.sh
# shellcheck source=tests/vm/tools.sh
. tests/vm/tools.sh

work=$(mktemp -d)
trap 'as_root rm -rf "$work"' EXIT

# project_payload: $work/payload gets all that is installed, for the kernel that the system starts with
project_payload() {
	find_kernel 6.1
	module_layer
	tools_layer
	mkdir -p "$work/payload"
	cp -a "$module_dir/usr" "$tools_dir/usr" "$work/payload/"
	make -s DESTDIR="$work/payload" udev_install boot_install
}

# boot OPTION... SCRIPT: starts the system, with what the last start has left; its output is part of this test's
boot() {
	tests/vm/system --disk-state "$work/disks" --payload "$work/payload" --smp 1 --timeout 900 "$@"
}
