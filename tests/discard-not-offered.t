#!/bin/bash
# P4: a discard is not offered when one of the legs could not take part in it, or could not do as write-zeroes what is left of
# one at its ends: that leg would stay different.
. "$(dirname "$0")/lib.sh"

queue() { cat "/sys/dev/block/$(dev_number "$1")/queue/$2"; }

loop_legs 2 32768
null_blk_leg 16 discard=1
null_blk_leg 16 discard=0
quorum_create q 2 "${legs[@]:0:2}"
ok 'legs that can do both: discards are offered' test "$(queue /dev/mapper/q discard_max_bytes)" -gt 0
is "$(($(queue "${legs[2]}" discard_max_bytes) > 0)) $(queue "${legs[2]}" write_zeroes_max_bytes)" '1 0' 'a disk can discard only'
is "$(queue "${legs[3]}" discard_max_bytes)" 0 'another cannot even do that'
for other in 2 3; do
	quorum_reload q 2 "${legs[@]:0:2}" "${legs[other]}"
	is "$(queue /dev/mapper/q discard_max_bytes)" 0 'with it, no discard is offered'
	for leg in 0 1 $other; do write_at "${disks[leg]}" 0 2048 "0x1$leg"; done
	fails 'a discard is refused' blkdiscard --force --offset 0 --length 65536 /dev/mapper/q
	for leg in 0 1 $other; do ok "and has not touched leg $leg" holds "${disks[leg]}" 0 2048 "0x1$leg"; done
done
done_testing
