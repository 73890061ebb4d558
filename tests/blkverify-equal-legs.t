#!/bin/bash
# P3: blkverify has nothing against equal legs.
# QEMU iotest 081 case 8.
. "$(dirname "$0")/lib.sh"

loop_legs 2 20480
record_events
quorum_create q 2 "${legs[@]}" -- blkverify
ok 'the device is written' write_at /dev/mapper/q 0 20480 0x32
ok 'the device reads what was written' holds /dev/mapper/q 0 20480 0x32
for leg in 0 1; do ok "leg $leg holds it" holds "${legs[leg]}" 0 20480 0x32; done
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted'
is "$(last_event q 0)" 1 'nothing is told'
done_testing
