#!/bin/bash
# takes 120 s
# What /etc/quorumtab names is there when a machine has started: a filesystem that fstab has by its UUID is mounted from the
# quorum device and not from a leg, also if a leg is missing; a leg that is back is filled; and the root filesystem can be
# on a quorum device that the initramfs makes, without one of its legs.
# Runs on the host.
# shellcheck disable=SC2154 # $work
. "$(dirname "$0")/boot-system.sh"

# Two legs of the root, which hold nothing yet, and three of another device
disks=(--disk 4096 --disk 4096 --disk 64 --disk 64)
last=(--disk 64)

project_payload > /dev/null
status=0
boot "${disks[@]}" "${last[@]}" tests/host/boot-guest.sh install > "$work/said" || status=$?
sed 's/^/# /' "$work/said"
[ "$status" -eq 0 ] || { echo 'Bail out! the system could not be set up'; exit 1; }
# what it has installed is what its root is to be
for leg in 0 1; do
	rm "$work/disks/scratch$leg"
	qemu-img convert -O raw "$work/disks/root.qcow2" "$work/disks/scratch$leg"
done

# asserted FILE: the number of assertions in it
asserted() { grep -c '^ok\|^not ok' "$1" || :; }
boot --append root=/dev/mapper/root "${disks[@]}" tests/host/boot-guest.sh degraded | tee "$work/first" || :
count=$(asserted "$work/first")
boot --append root=/dev/mapper/root "${disks[@]}" "${last[@]}" tests/host/boot-guest.sh complete "$count" |
	tee "$work/second" || :
echo "1..$(($(asserted "$work/first") + $(asserted "$work/second")))"
grep -q '^# the end' "$work/first" && grep -q '^# the end' "$work/second"
