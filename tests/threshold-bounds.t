#!/bin/bash
# P1, P7: the threshold is 1 to the number of legs, on a live device too, and each of these means what it says.
# QEMU iotest 081 case 11.
. "$(dirname "$0")/lib.sh"

refused() {
	local name=$1 table
	table=$(quorum_table "${@:2}")
	fails "$name" dm load q --table "$table"
	is "$(dmsetup table q)" "$before" 'the device keeps its table'
}

loop_legs 3 2048
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2048 0x32
ok 'a leg is taken away, down to the threshold' quorum_reload q 2 "${legs[@]:0:2}"
ok 'the device reads what was written' holds /dev/mapper/q 0 2048 0x32
before=$(dmsetup table q)
refused 'a leg below the threshold is not' 2 "${legs[0]}"
refused 'threshold 0 is refused' 0 "${legs[@]}"
refused 'a threshold above the number of legs is refused' 4 "${legs[@]}"
ok 'the device still reads what was written' holds /dev/mapper/q 0 2048 0x32

ok 'a threshold of all three legs' quorum_reload q 3 "${legs[@]}"
ok 'all agree: data' holds /dev/mapper/q 0 2048 0x32
write_at "$work/disk2" 0 8 0x42
is "$(outcome read_at /dev/mapper/q 0 8)" EILSEQ 'two of three agree: not enough'
ok 'threshold 2' quorum_reload q 2 "${legs[@]}"
ok 'two of three agree: data' holds /dev/mapper/q 0 8 0x32
ok 'a threshold of 1' quorum_reload q 1 "${legs[@]}"
ok 'two of three agree: data' holds /dev/mapper/q 0 8 0x32
ok 'threshold 1 with one leg' quorum_reload q 1 "${legs[2]}"
ok 'the device reads what the leg holds' holds /dev/mapper/q 0 8 0x42
done_testing
