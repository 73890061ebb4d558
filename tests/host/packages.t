#!/bin/bash
# only in a full check
# takes 600 s
# The Debian packages: `make deb` builds them, lintian has nothing to say about them, and a person gets with them, on a
# Debian that knows nothing of the project, a module that works, also after an upgrade of the kernel, and gets rid of all
# of it.
# Runs on the host, and in a whole system.
cd "$(dirname "$0")/../.." || exit

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tests=0

# ok NAME COMMAND...: COMMAND succeeds; what it says is shown if it does not
ok() {
	local name=$1 said
	shift
	tests=$((tests + 1))
	if said=$("$@" 2>&1); then
		echo "ok - $name"
	else
		echo "not ok - $name"
		printf '%s\n' "$said" | tail -n 60 | sed 's/^/# /'
	fi
}

# in_system SCRIPT [OPTION...]: its tests are ours. With two processors an emulator dies now and then.
in_system() {
	local script=$1
	shift
	tests/vm/system --disk-state "$work/disks" --payload "$work/debs" --smp 1 --timeout 3600 "$@" \
		"tests/host/packages/$script" > "$work/tap" 2> "$work/stderr"
	echo $? > "$work/status"
	cat "$work/tap"
	tests=$((tests + $(grep -cE '^(not )?ok ' "$work/tap")))
	ok "$script ends well" ended_well
}
ended_well() {
	cat "$work/stderr"
	[ "$(< "$work/status")" = 0 ]
}

version_of() { sed -n "s/$1/\\1/p" "$2"; }
one_version() {
	printf '%s\n' "module: $module, dkms: $dkms, package: $package"
	[ -n "$module" ] && [ "$module" = "$dkms" ] && [ "$module" = "$package" ]
}
module=$(version_of '^MODULE_VERSION("\(.*\)");' dm-quorum.c)
dkms=$(version_of '^PACKAGE_VERSION="\(.*\)"' dkms.conf)
package=$(version_of '^dm-quorum (\(.*\)) .*' debian/changelog | head -n 1)
ok 'module, dkms.conf and package have the same version' one_version
ok 'the packages build' tests/vm/debs "$work/debs"
nothing_said() { ! grep '^[EWIPX]:' "$work/debs/lintian.log"; }
ok 'lintian has looked at them' grep -q '^lintian ends with 0$' "$work/debs/lintian.log"
ok 'and has nothing to say' nothing_said
mv "$work/debs/lintian.log" "$work/"
in_system install.sh
in_system remove.sh --kernel 6.12
echo "1..$tests"
