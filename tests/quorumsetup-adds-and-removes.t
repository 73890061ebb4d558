#!/bin/bash
# P2: quorumsetup adds and takes out legs of a device in use and changes the threshold. It is not raised before the new leg
# votes; legs are told by their new numbers; one that has failed is left out.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/quorumsetup.sh"
loop_legs 5 2048
# without a suspend, whose resume would let begin what is stopped
health() { dmsetup status "$1" | awk '{ print $6 }'; }
threshold() { dmsetup status "$1" | awk '{ print $4 }'; }
number() { dev_number "${legs[$1]}"; }
quorum_create q 2 "${legs[@]:0:3}"
is "$(health q) $(threshold q)" 'AAA 2' 'three legs before'
ok 'it is written' write_at /dev/mapper/q 0 2048 0x11
for disk in 3 4; do write_at "$work/disk$disk" 0 2048 0x99; done

# so slowly that it is to be seen that the leg is not filled yet
echo 1 | tee /sys/module/dm_quorum/parameters/sync_speed_{min,max} > "$work/said"
is "$(quorumsetup add --threshold 3 q "${legs[3]}")" "leg 3 of q is ${legs[3]} now
2 of 4 legs have to agree: when leg 3 is in sync, quorumsetup threshold q 3" 'without --wait it is told what is to follow'
is "$(health q) $(threshold q)" 'AAAa 2' 'the new leg has no vote yet, and none more is asked for'
like "$(quorumsetup threshold q 3 2>&1)" 'recover is under way on q' 'too early'
quorumsetup stop q
like "$(quorumsetup threshold q 4 2>&1)" 'only 3 other legs are in sync, and 4 have to agree; leg 3 is behind' \
	'nor when it was stopped'
is "$(health q) $(threshold q)" 'AAAa 2' 'nothing has changed'
echo 200000 > /sys/module/dm_quorum/parameters/sync_speed_max
echo 1000 > /sys/module/dm_quorum/parameters/sync_speed_min
ok 'it is filled' quorumsetup resync --wait q
ok 'now it can be raised' quorumsetup threshold q 3
is "$(health q) $(threshold q)" 'AAAA 3' 'and is'
ok 'the new leg is like leg 0' cmp "$work/disk0" "$work/disk3"

is "$(quorumsetup remove --threshold 2 q "${legs[0]}")" "leg 0 of q is used no more
leg 1 ($(number 1)) is leg 0 now
leg 2 ($(number 2)) is leg 1 now
leg 3 ($(number 3)) is leg 2 now" 'a leg is taken out, and the new numbers are told'
is "$(dmsetup table q)" "0 2048 quorum 2 3 $(number 1) 0 $(number 2) 0 $(number 3) 0" 'the others are there'
ok 'it is free' exclusive "${legs[0]}"

is "$(quorumsetup add --threshold 3 --wait q "${legs[4]}")" "leg 3 of q is ${legs[4]} now" 'with --wait'
is "$(health q) $(threshold q)" 'AAAA 3' 'the threshold is raised at the end'
ok 'the new leg is like another' cmp "$work/disk1" "$work/disk4"

# one has failed: the new table does not use it either
quorumsetup fail q 1
is "$(quorumsetup remove --threshold 2 q 0)" "leg 0 of q is used no more
leg 1 ($(number 2)) is leg 0 now
leg 0 ($(number 2)) had failed and is left out: replace it to have it back
leg 2 ($(number 3)) is leg 1 now
leg 3 ($(number 4)) is leg 2 now" 'it is told which has failed'
is "$(health q) $(threshold q)" '-AA 2' 'a failed leg is absent'
ok 'the device is read' holds /dev/mapper/q 0 2048 0x11
before=$(dmsetup table q)
like "$(quorumsetup remove q 1 2>&1)" 'only 1 other legs are in sync, and 2 have to agree: see --threshold' \
	'one that is needed is not taken out'
is "$(dmsetup table q)" "$before" 'nothing has changed'
write_at "$work/disk1" 0 2048 0x98
ok 'the absent one is replaced' quorumsetup replace --wait q 0 "${legs[1]}"
is "$(health q)" AAA 'all are in sync'
ok 'it has the data' holds "$work/disk1" 0 2048 0x11
is "$(counters q | tr -d ' /0')" '' 'nobody was ever blamed'

# An empty partition holds nothing, whatever the disk that it is on says of it
truncate -s 4M "$work/parted"
printf 'label: gpt\nstart=2048,size=2048\n' | sfdisk -q "$work/parted" 2> "$work/said"
parted=$(losetup --partscan --find --show "$work/parted")
disks+=("$parted")
ok 'there is a partition' poll test -b "${parted}p1"
ok 'it becomes a leg' quorumsetup add --wait q "${parted}p1"
is "$(health q)" AAAA 'all are in sync'
quorumsetup remove --threshold 2 q 3 > "$work/said"

done_testing
