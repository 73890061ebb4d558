#!/bin/bash
# Promise: the symlinks of a filesystem on the device, and what udev knows about it, survive the device's events (systemd
# unmounts a filesystem whose symlink vanishes).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/udev.sh"

uuid=6d0c8a2e-6a52-4d4f-9c0e-0123456789ab

links() { udevadm info --query=symlink /dev/mapper/q | tr ' ' '\n' | sort; }
# all but what belongs to a single event
properties() { udevadm info --query=property /dev/mapper/q | grep -vE '^(DM_(ACTION|TARGET|SEQNUM|NOSCAN|COOKIE|ACTIVATION|QUORUM_.*)|DEVLINKS|SEQNUM|SYNTH_.*)=' | sort; }

# survives NAME: compares with what was before, and tries the links
survives() {
	local link
	udevadm settle
	is "$(links)" "$links" "the links survive $1"
	is "$(properties)" "$properties" "the properties survive $1"
	is "$(for link in $links; do readlink -f "/dev/$link"; done | sort -u)" "$(readlink -f /dev/mapper/q)" "every link leads to the device after $1"
}

loop_legs 4 16384
dmsetup create q --table "$(quorum_table 2 "${legs[@]}")"
devices+=(q)
mkfs.ext4 -q -b 4096 -U $uuid -L harvest /dev/mapper/q
udevadm settle
udevadm trigger --settle --action=change --name-match=/dev/mapper/q
links=$(links)
properties=$(properties)
like "$links" "disk/by-uuid/$uuid" 'the link by UUID is there before'
like "$links" disk/by-label/harvest 'the link by label is there before'
like "$properties" ID_FS_TYPE=ext4 'the type is known before'

record_events
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nothing is counted before'
write_at "$work/disk1" 2 2 0xee
read_at /dev/mapper/q 0 8 > /dev/null
wait_events 1 DM_ACTION=QUORUM_REPORT_BAD
survives 'a lost vote'

for leg in 0 1 2; do write_at "$work/disk$leg" 8000 8 "0x1$leg"; done
fails 'a read without a quorum fails' read_at /dev/mapper/q 8000 8
wait_events 1 DM_ACTION=QUORUM_FAILURE
survives 'a read without a quorum'

message q fail 1
wait_events 1 DM_ACTION=QUORUM_LEG_FAILED
survives 'the failure of a leg'

mkdir "$work/mnt"
ok 'the filesystem can be mounted by its UUID' mount "/dev/disk/by-uuid/$uuid" "$work/mnt"
message q fail 3
wait_events 2 DM_ACTION=QUORUM_LEG_FAILED
survives 'an event while it is mounted'
umount "$work/mnt"
done_testing
