#!/bin/bash
# P1, P2: after a crash, what a repair of a range has put right before it is stopped is settled, and what is before or behind that
# stays to be: a read there chooses, writes what it has chosen to all legs, and blames nobody.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/log.sh"
region=128
loop_legs 4 2048
wrap_first 3
options=(-- log disk 2 "${disks[3]}" "$region")
# walks at their first piece of 512 sectors, and no further
echo 1 | tee /sys/module/dm_quorum/parameters/sync_speed_{min,max} > "$work/said"

# A crash with all regions dirty. The legs differ in one block of each of three regions, where nobody can win, and where the
# resync does not come.
for leg in 0 1 2; do write_at "$work/disk$leg" 0 2048 0x30; done
crash_all_dirty 2 "${legs[@]:0:3}" "${options[@]}"
blocks=(768 1024 1792)
for at in "${blocks[@]}"; do for leg in 0 1 2; do write_at "$work/disk$leg" "$at" 8 0x4$leg; done; done
quorum_create q 2 "${legs[@]:0:3}" "${options[@]}"
message q frozen
same() { [ "$(for leg in 0 1 2; do read_at "$work/disk$leg" "$1" 8 | sha256sum; done | sort -u | wc -l)" = 1 ]; }
for at in "${blocks[@]}"; do fails "the legs differ in $at" same "$at"; done

message q repair 1024 2048
poll same 1024 || :
message q frozen
ok 'the repair has put right what it has come by' same 1024
fails 'and not what is before' same 768
fails 'nor what is behind' same 1792

# A leg that differs is at fault where all is settled, and not where it is not.
write_at "$work/disk0" 1024 8 0x50
ok 'a read where it has been settled' read_at /dev/mapper/q 1024 8
is "$(status q mismatches 0) $(status q mismatches)" '1 1' 'the leg is blamed'
for at in 768 1792; do
	write_at "$work/disk0" "$at" 8 0x50
	ok "a read of $at, which has not been settled" read_at /dev/mapper/q "$at" 8
	ok 'all legs hold one version now' same "$at"
done
is "$(status q mismatches) $(status q no_quorum)" '1 0' 'nobody else is blamed'
done_testing
