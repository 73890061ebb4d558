#!/bin/bash
# P1, P2: with read_pattern fast a read does not wait for a leg that is slow, but where a crash has left a write unsettled it does:
# all legs are to hold what is returned.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/log.sh"
. "$(dirname "$0")/hung-leg.sh"
region=128
loop_legs 4 2048
wrap_first 3
options=(-- read_pattern fast log disk 2 "${disks[3]}" "$region")
# the resync at its first piece of 512 sectors, and no further
echo 1 | tee /sys/module/dm_quorum/parameters/sync_speed_{min,max} > "$work/said"

for leg in 0 1 2; do write_at "$work/disk$leg" 0 2048 0x30; done
crash_all_dirty 2 "${legs[@]:0:3}" "${options[@]}"
write_at "$work/disk2" 1936 8 0x42
quorum_create q 2 "${legs[@]:0:3}" "${options[@]}"
message q frozen
is "$(counters q)" "$nothing" 'nobody is blamed before'
ok 'a block is written, which settles it,' write_at /dev/mapper/q 0 8 0x30

hang 2
ok 'a read does not wait where all is settled' holds /dev/mapper/q 0 8 0x30
holds /dev/mapper/q 1936 8 0x30 &
reader=$!
ok 'one where it is not' poll in_flight /dev/mapper/q 1 0
nap 1
ok 'does' all_running $reader
ok 'and the leg has not been written meanwhile' holds "$work/disk2" 1936 8 0x42
unhang 2
ok 'it ends with the leg' wait $reader
ok 'which holds what was read' holds "$work/disk2" 1936 8 0x30
is "$(status q mismatches) $(status q no_quorum)" '0 0' 'nobody is blamed'
hang 2
ok 'then it does not wait' holds /dev/mapper/q 1936 8 0x30
unhang 2
done_testing
