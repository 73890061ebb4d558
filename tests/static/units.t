#!/bin/bash
# systemd takes the units that make tools_install installs, and what they start is where it is installed.
# Runs on the host.
cd "$(dirname "$0")/../.." || exit
. tests/vm/lib.sh
need systemd-analyze:systemd || exit

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
make -s monitoring_install boot_install "DESTDIR=$root" >&2
units=("$root"/usr/lib/systemd/system/quorumsetup*)
# what all units want, and what a tool that is not built here would be
cp /usr/lib/systemd/system/*.target "$root/usr/lib/systemd/system/"
# shellcheck disable=SC2016  # of make
install -D -m 755 /bin/true "$root/$(sed -n 's,^\tinstall.* quorumsetup $(DESTDIR)/,,p' utils/Makefile)"

echo "1..${#units[@]}"
for unit in "${units[@]}"; do
	unit=${unit/@./@name.}
	if said=$(systemd-analyze verify --man=no --root="$root" "${unit##*/}" 2>&1) && [ -z "$said" ]; then
		echo "ok - ${unit##*/}"
	else
		echo "not ok - ${unit##*/}"
		printf '%s\n' "$said" | sed 's/^/# /'
	fi
done
