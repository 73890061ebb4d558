#!/bin/bash
# P7: legs may share a disk, which is warned about; they may not overlap, however they are named.
. "$(dirname "$0")/lib.sh"

refused() {
	local name=$1 table
	table=$(quorum_table "${@:2}")
	mark_log "$name"
	fails "$name" dm load q --table "$table"
	# a disk and its partition cannot both be open for one holder, and the kernel may say so first
	like "$(kernel_log "$name")" 'device-mapper: table: [0-9:]+: quorum: (Leg overlaps another leg|Cannot open leg)' 'the log says why'
	is "$(dmsetup table q)" "$before" 'the device keeps its table'
}

# warned NAME TABLE...: it loads, and the log warns
warned() {
	local name=$1 table
	table=$(quorum_table "${@:2}")
	mark_log "$name"
	ok "$name" dm load q --table "$table"
	like "$(kernel_log "$name")" 'device-mapper: quorum: .*one disk' 'the log warns'
	dm clear q
}

loop_legs 3 8192
partition 2 2048 2048 4096 2048
part=("${disks[2]}p1" "${disks[2]}p2")
size=2048

mark_log 'different disks'
quorum_create q 1 "${legs[@]:0:2}"
before=$(dmsetup table q)
is "$(kernel_log 'different disks' | grep quorum)" '' 'no warning for different disks'

warned 'two partitions of one disk are fine' 2 "${legs[0]}" "${part[@]}"
warned 'two ends of one disk are fine' 2 "${legs[0]}+0" "${legs[0]}+6144"
warned 'two neighbours on one disk are fine' 2 "${legs[0]}+2048" "${legs[0]}+0" "${legs[1]}"
refused 'the same leg twice is refused' 2 "${legs[0]}" "${legs[0]}"
refused 'the same leg, first and last, is refused' 2 "${legs[0]}" "${legs[1]}" "${legs[0]}"
refused 'an overlap of one sector is refused' 2 "${legs[0]}+0" "${legs[0]}+2047"
refused 'the same the other way round' 2 "${legs[0]}+2047" "${legs[0]}+0"
refused 'the same partition twice is refused' 2 "${part[0]}" "${part[0]}"
refused 'a partition and the disk where it is are refused' 2 "${part[0]}" "${disks[2]}+1024"
refused 'so are the disk and its partition' 2 "${disks[2]}+4095" "${part[0]}"
refused 'the second partition and the disk are refused' 2 "${part[0]}" "${part[1]}" "${disks[2]}+6143"

ok 'partitions as legs' quorum_reload q 1 "${part[@]}"
ok 'are written' write_at /dev/mapper/q 0 2048 0x32
for disk in "${part[@]}"; do ok 'and hold it' holds "$disk" 0 2048 0x32; done
done_testing
