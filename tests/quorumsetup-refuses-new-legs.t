#!/bin/bash
# only on 6.12
# P7: quorumsetup says why a device cannot become a leg, or a leg not be taken out, and changes nothing: neither table nor
# state, nor what is on the device.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/quorumsetup.sh"
loop_legs 5 2048
truncate -s $((2040 * 512)) "$work/small"
small=$(losetup --find --show "$work/small")
disks+=("$small")
truncate -s 1M "$work/coarse"
coarse=$(losetup --sector-size 4096 --find --show "$work/coarse")
readonly=$(losetup --read-only --find --show "$work/disk4")
disks+=("$coarse" "$readonly")
quorum_create q 2 "${legs[@]:0:3}"
dm_create other "0 2048 linear ${legs[3]} 0"
free=${legs[4]}
state() {
	dmsetup table
	dmsetup status
	dmsetup info -c --noheadings -o name,suspended,tables_loaded
	cat "$work"/disk? | md5sum
}

# refused REGEX WORDS...
refused() {
	local said
	said=$(quorumsetup "${@:2}" 2>&1) && report 1 "${*:2}"
	like "$said" "$1" "quorumsetup ${*:2}"
	is "$(state)" "$before" 'nothing has changed'
}
before=$(state)
refused "$small is too small: it has 2040 sectors, and 2048 are needed" replace q 0 "$small"
refused 'too small: it has 2048 sectors, and 2056' add --offset 8 q "$free"
refused "$coarse has logical blocks of 4096 bytes, and those of the device are 512" add q "$coarse"
refused "$readonly is read-only" add q "$readonly"
refused "${legs[3]} is in use: it is mounted, or held" replace q 1 "${legs[3]}"
refused "${legs[2]} is leg 2 already" replace q 1 "${legs[2]}"
refused '/dev/mapper/q is the device itself' add q /dev/mapper/q
refused '/dev/nothing is not a block device' add q /dev/nothing
refused 'there is no leg 3' replace q 3 "$free"
refused 'there is no leg 3' remove q 3
refused 'a threshold of 4 with 3 legs' threshold q 4
refused '"0" cannot be a threshold' threshold q 0
refused 'a threshold of 0' remove --threshold 0 q 1
refused 'a threshold of 5 with 4 legs' add --threshold 5 q "$free"
refused 'a threshold of 3 with 2 legs' remove --threshold 3 q 1
refused 'other is not the name' replace other 0 "$free"
refused 'remove does not take --force' remove --force q 0

mkdir -p "$work/mnt"
mkfs.ext4 -q "$free"
before=$(state)
refused "$free holds something: ext4; --force overwrites it" replace q 1 "$free"
mount -o ro "$free" "$work/mnt"
before=$(state)
refused "$free is in use: it is mounted" replace --force q 1 "$free"
umount "$work/mnt"

dm suspend q
before=$(state)
refused 'q is suspended' replace --force q 1 "$free"
dm resume q
dm load q --table "$(dmsetup table q)"
before=$(state)
refused 'a table waits to come into force on q: "dmsetup clear q"' replace --force q 1 "$free"
dm clear q
mkdir -p /run/dm-quorum
exec {lock}> /run/dm-quorum/q.lock
flock "$lock"
before=$(state)
refused 'another quorumsetup is changing q' replace --force q 1 "$free"
exec {lock}>&-
exec {lock}> "/run/dm-quorum/,$(dev_number "$free").disk"
flock "$lock"
refused "another quorumsetup is making $free a leg" replace --force q 1 "$free"
exec {lock}>&-
dm_create unreadable "$(printf '0 8 error\n8 2040 linear %s 0' "${legs[3]}")"
before=$(state)
refused '/dev/mapper/unreadable cannot be read' replace q 1 /dev/mapper/unreadable
dm remove unreadable
dm_create unreadable "$(printf '0 2048 linear %s 0\n2048 8 error' "${legs[3]}")"
before=$(state)
refused '/dev/mapper/unreadable cannot be read' replace q 1 /dev/mapper/unreadable
dm remove unreadable
before=$(state)
echo 1 | tee /sys/module/dm_quorum/parameters/sync_speed_{min,max} > "$work/said"
message q check
goes_on() { [[ $(progress q) == *' check' ]]; }
ok 'a check goes on' poll goes_on
table=$(dmsetup table q)
like "$(quorumsetup replace --force q 1 "$free" 2>&1)" 'check is under way on q: .* quorumsetup stop q' \
	'not while a check goes on'
is "$(dmsetup table q)" "$table" 'nothing has changed'
ok 'which goes on' goes_on
quorumsetup stop q
echo 200000 > /sys/module/dm_quorum/parameters/sync_speed_max
echo 1000 > /sys/module/dm_quorum/parameters/sync_speed_min
losetup --detach "$readonly"
unset 'disks[-1]'
ok 'without any of these, and with --force, it is replaced' quorumsetup replace --force --wait q 1 "$free"
ok 'and has the data' cmp "$work/disk0" "$work/disk4"

dm_reload q "$(quorum_table 2 "${legs[0]}" "${legs[1]}" -- blkverify)"
before=$(state)
refused 'q compares two devices' add q "$free"
refused 'only 1 other legs are in sync, and 2 have to agree: add a leg' replace q 1 "$free"
dm_reload q "$(quorum_table 2 "${legs[@]:0:3}" -- write_ack threshold)"
before=$(state)
refused 'with write_ack threshold, .* set the threshold to 3 before' add q "$free"
refused 'with write_ack threshold, more than half of the 3 legs' threshold q 1
done_testing
