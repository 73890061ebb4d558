#!/bin/bash
# P1, P5: a leg that is wrong from end to end is outvoted; every block of it is counted, and no other leg is blamed.
# QEMU iotest 081 case 2.
. "$(dirname "$0")/lib.sh"

loop_legs 3 20480
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 20480 0x32
ok 'the device reads what was written' holds /dev/mapper/q 0 20480 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted before'

for leg in 0 1 2; do
	message q reset_counters
	write_at "$work/disk$leg" 0 20480 0x42
	ok "leg $leg corrupt: the device reads what was written" holds /dev/mapper/q 0 20480 0x32
	is "$(status q mismatches) $(status q no_quorum)" '2560 0' "each of its vote blocks is counted"
	for other in 0 1 2; do
		is "$(status q mismatches "$other")" $((other == leg ? 2560 : 0)) "leg $other's part of that"
	done
	ok 'the corrupt leg is not written' holds "${legs[leg]}" 0 20480 0x42
	write_at "$work/disk$leg" 0 20480 0x32
done
is "$(status q health)" AAA 'no leg is failed'
done_testing
