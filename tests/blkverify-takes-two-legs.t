#!/bin/bash
# P7: blkverify needs two legs and threshold 2. A live device cannot be reloaded to anything else with it, and is not
# disturbed by the attempt.
# QEMU iotest 081 cases 9, 10 (with blkverify) and 11 (blkverify with threshold 1).
. "$(dirname "$0")/lib.sh"

refused() {
	local name=$1 table
	table=$(quorum_table "${@:2}")
	mark_log "$name"
	fails "$name" dm load q --table "$table"
	like "$(kernel_log "$name")" 'device-mapper: table: [0-9:]+: quorum: .*blkverify' 'the log says why'
	is "$(dmsetup table q)" "$before" 'the device keeps its table'
	is "$(dmsetup info -c --noheadings -o tables_loaded q)" Live 'and has no other'
}

loop_legs 3 2048
quorum_create q 2 "${legs[@]:0:2}" -- blkverify
before=$(dmsetup table q)
write_at /dev/mapper/q 0 2048 0x32
refused 'three legs are refused' 2 "${legs[@]}" -- blkverify
refused 'three legs at threshold 3 are refused' 3 "${legs[@]}" -- blkverify
refused 'one leg is refused' 1 "${legs[0]}" -- blkverify
refused 'threshold 1 is refused' 1 "${legs[@]:0:2}" -- blkverify
refused 'fifo is refused' 2 "${legs[@]:0:2}" -- blkverify read_pattern fifo
refused 'fifo before it is refused' 2 "${legs[@]:0:2}" -- read_pattern fifo blkverify
ok 'the device reads what was written' holds /dev/mapper/q 0 2048 0x32
ok 'without blkverify three legs are fine' quorum_reload q 2 "${legs[@]}"
done_testing
