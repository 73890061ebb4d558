#!/bin/bash
# takes 10 s
# btrfs, and udev, know a filesystem by its UUID, which is on each leg as well if the legs are used from their first sector.
# While the quorum device is there, no leg can be mounted, and what is mounted is the quorum device, also if btrfs has been
# shown the legs: all that is written reaches all of them (P4), and nobody is blamed (P3). The links in /dev/disk can lead
# to a leg, as neither /etc/quorumtab names the legs, nor has the device a UUID by which udev's rules would know it. From an
# offset, nothing is to be found on the legs.
# only on 6.12
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/udev.sh"
. "$(dirname "$0")/on-top.sh"

uuid=6d0c8a2e-6a52-4d4f-9c0e-0123456789ab
# scan_legs: what udev's rules do when a disk appears. From 6.12 on, btrfs does not mind; 6.1 refuses what is mounted.
scan_legs() {
	local leg
	for leg in "${legs[@]}"; do
		blockdev --flushbufs "$leg"
		btrfs device scan "$leg" > "$work/said" 2>&1 || :
	done
}
mounted() { awk -v at="$work/mnt" '$2 == at { print $1 }' /proc/mounts; }
link() { dev_number "/dev/disk/by-uuid/$uuid"; }
# appear: the legs, as when the machine starts, and nothing of them is in memory
appear() {
	local leg
	for leg in "${legs[@]}"; do
		blockdev --flushbufs "$leg"
		udevadm trigger --settle --action=add --name-match="$leg"
	done
}
# add_file NAME: a MiB
add_file() { head -c 1048576 /dev/urandom > "$work/mnt/$1" && sync -f "$work/mnt"; }

modprobe btrfs
udevadm settle
mkdir "$work/mnt" "$work/other"
loop_legs 3 262144
quorum_create q 2 "${legs[@]}"
mkfs.btrfs -q -f -U $uuid /dev/mapper/q > "$work/said"
mount /dev/mapper/q "$work/mnt"
ok 'a file is written' add_file one
scan_legs
fails 'a leg cannot be mounted beside it' mount "${legs[0]}" "$work/other"
is "$(mounted)" /dev/mapper/q 'the quorum device is still what is mounted'
ok 'another file is written' add_file two
umount "$work/mnt"

scan_legs
fails 'a leg cannot be mounted instead of it' mount "${legs[2]}" "$work/mnt"
ok 'the quorum device can' mount /dev/mapper/q "$work/mnt"
is "$(mounted)" /dev/mapper/q 'and is what is mounted then'
ok 'one more file is written' add_file three
(cd "$work/mnt" && sha256sum -- *) > "$work/sums"
is "$(wc -l < "$work/sums")" 3 'there are three'
umount "$work/mnt"
is "$(blame)" "$nobody" 'nobody is blamed'

udevadm settle
appear
like "$(link)" '^7:' 'the link by UUID leads to a leg if that appears later'
fails 'it cannot be mounted by that' mount "/dev/disk/by-uuid/$uuid" "$work/mnt"
like "$(cat "$work/said")" 'already mounted or mount point busy' 'because it is in use'
drop q
identical
for leg in "${legs[@]}"; do blockdev --flushbufs "$leg"; done
ok 'without the quorum device a leg can be mounted' mount -o ro "${legs[1]}" "$work/mnt"
cd "$work/mnt"
ok 'and holds the files' sha256sum --quiet -c "$work/sums"
cd - > /dev/null
fails 'a mounted leg cannot be used' dm create q --table "$(quorum_table 2 "${legs[@]}")"
dm remove q 2> /dev/null || :
umount "$work/mnt"

# --- legs that are used from an offset
clear_legs
size=$((262144 - spare))
quorum_create q 2 "${legs[0]}+$spare" "${legs[1]}+$spare" "${legs[2]}+$spare"
mkfs.btrfs -q -f -U $uuid /dev/mapper/q > "$work/said"
udevadm trigger --settle --action=change --name-match=/dev/mapper/q
appear
is "$(for leg in "${legs[@]}"; do blkid -p "$leg"; done)" '' 'nothing is found on the legs'
is "$(link)" "$(dev_number /dev/mapper/q)" 'the link leads to the quorum device'
ok 'it can be mounted by that' mount "/dev/disk/by-uuid/$uuid" "$work/mnt"
umount "$work/mnt"
done_testing
