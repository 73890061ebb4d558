#!/bin/bash
# P7: the device as its own leg, or its own log, is refused, and the device goes on.
# QEMU iotest 245 (no cycles).
. "$(dirname "$0")/lib.sh"

loop_legs 2 2048
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2048 0x32
before=$(dmsetup table q)
number=$(dev_number /dev/mapper/q)
for table in "1 /dev/mapper/q" "1 $number" "2 ${legs[0]} $number" "1 $number ${legs[0]}" "2 ${legs[*]} -- log disk 2 $number 8"; do
	# shellcheck disable=SC2086
	line=$(quorum_table $table)
	mark_log "$table"
	fails "refused: $line" dm load q --table "$line"
	like "$(kernel_log "$table")" 'device-mapper: table: [0-9:]+: quorum: ' 'the log says so'
	is "$(dmsetup table q)" "$before" 'the device keeps its table'
	is "$(dmsetup info -c --noheadings -o open,tables_loaded q)" 0:Live 'nobody has it open, no other table is loaded'
done
ok 'the device reads what was written' holds /dev/mapper/q 0 2048 0x32
done_testing
