#!/bin/bash
# P4: what is written to the device, every leg holds.
# QEMU iotest 081 case 1.
. "$(dirname "$0")/lib.sh"

loop_legs 3 20480
quorum_create q 2 "${legs[@]}"
for leg in 0 1 2; do ok "leg $leg holds zeroes before" holds "${legs[leg]}" 0 20480 0; done

ok 'the whole device is written' write_at /dev/mapper/q 0 20480 0x32
for leg in 0 1 2; do ok "leg $leg holds it" holds "${legs[leg]}" 0 20480 0x32; done
ok 'the device reads it' holds /dev/mapper/q 0 20480 0x32

ok 'one sector in the middle of a vote block is written' write_at /dev/mapper/q 1003 1 0x33
for leg in 0 1 2; do
	ok "leg $leg holds it" holds "${legs[leg]}" 1003 1 0x33
	ok "leg $leg holds the old data before it" holds "${legs[leg]}" 0 1003 0x32
	ok "leg $leg holds the old data after it" holds "${legs[leg]}" 1004 19476 0x32
done
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted'
is "$(status q health)" AAA 'all legs are in sync'
done_testing
