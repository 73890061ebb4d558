#!/bin/bash
# P4: a leg that a reload adds takes part: in writes, in votes.
# QEMU iotest 081 case 10 (without blkverify).
. "$(dirname "$0")/lib.sh"

loop_legs 4 2048
quorum_create q 2 "${legs[@]:0:3}"
write_at /dev/mapper/q 0 2048 0x32
ok 'a leg that is not in the table is not written' holds "${legs[3]}" 0 2048 0
write_at "$work/disk3" 0 2048 0x32

ok 'a leg is added' quorum_reload q 3 "${legs[@]}"
is "$(status q threshold) $(status q legs) $(status q health)" '3 4 AAAA' 'it is a leg as the others'
ok 'the device reads what was written' holds /dev/mapper/q 0 2048 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted'
ok 'the device is written' write_at /dev/mapper/q 0 2048 0x33
ok 'the new leg holds it' holds "${legs[3]}" 0 2048 0x33

write_at "$work/disk3" 8 8 0x42
ok 'the new leg can be outvoted' holds /dev/mapper/q 0 2048 0x33
is "$(status q mismatches 3)" 1 'and is blamed'
write_at "$work/disk3" 8 8 0x33
write_at "$work/disk0" 8 8 0x42
ok 'it is heard: without it, two of the three old legs were less than three' holds /dev/mapper/q 8 8 0x33
is "$(status q mismatches 0)" 1 'leg 0 is blamed'
done_testing
