# shellcheck shell=bash
# Sourced by what packages.t runs in the system. TAP without numbers: packages.t makes one test of all of it.
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

legs=/var/legs # files, of 8 MiB

# ok NAME COMMAND...: COMMAND succeeds
ok() {
	local name=$1 said
	shift
	if said=$("$@" 2>&1); then
		echo "ok - $name"
	else
		echo "not ok - $name"
		tail -n 40 <<< "failed: $*"$'\n'"$said" | sed 's/^/# /'
	fi
}

not() { ! "$@"; }

# is GOT WANTED NAME
is() {
	if [ "$1" = "$2" ]; then
		echo "ok - $3"
	else
		printf 'not ok - %s\n# got: %s\n# expected: %s\n' "$3" "${1//$'\n'/$'\n# '}" "${2//$'\n'/$'\n# '}"
	fi
}

# poll COMMAND...: until it succeeds, for five minutes
poll() {
	local deadline=$((SECONDS + 300))
	until "$@"; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.2
	done
}

# attach_legs: as loop devices, in $devices
attach_legs() {
	local leg
	devices=()
	for leg in 0 1 2; do devices+=("$(losetup --find --show "$legs/$leg")"); done
}

# Block 1000 is in the middle, where udev does not look for filesystems
read_block() { dd if="$1" bs=4096 skip=1000 count=1 iflag=direct status=none | tr -d '\0'; }

# lost_votes LEG
lost_votes() { quorumsetup status --json data | jq ".[0].legs[$1].mismatches"; }
is_blamed() { [ "$(lost_votes "$1")" -ge 1 ]; }

# for_kernels: those that dkms has installed the module for, the oldest first
for_kernels() {
	dkms status -m dm-quorum | sed -n 's,^dm-quorum/[^ ]*\, \([^ ,]*\)\, .*: installed$,\1,p' | sort -V | paste -sd ' '
}
