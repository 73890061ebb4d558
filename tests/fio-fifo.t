#!/bin/bash
# vm: --smp 2
# takes 10 s
# P5: with read_pattern fifo, the first leg that reads without error is enough: while the first leg's reads fail now and
# then, and the second's fail always in places, every read is right, and each error is counted at the leg that made it.
. "$(dirname "$0")/lib.sh"

command -v fio > /dev/null || skip_all 'no fio'

loop_legs 3 32768
wrap_legs
quorum_create q 1 "${legs[@]}" -- read_pattern fifo
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nothing is counted before'
fio_job() {
	fio --name=job --filename=/dev/mapper/q --direct=1 --ioengine=libaio --iodepth=4 --numjobs=4 --size=4m --offset_increment=4m \
		--bsrange=512-64k --bs_unaligned=0 --verify=crc32c --verify_fatal=1 --group_reporting --minimal "$@"
}
ok 'all is written' fio_job --rw=write --do_verify=0
# one second in two it fails everything
dm_reload leg0 "0 $size flakey ${disks[0]} 0 1 1"
fail_sectors 1 100 9000 17000 30000
# until it has gone at least once
right_meanwhile() {
	for _ in {1..20}; do
		fio_job --rw=write --verify_only --loops=4 || return
		[ "$(status q read_errors 0)" -eq 0 ] || return 0
	done
	return 1
}
ok 'all is right while the first leg comes and goes' right_meanwhile
dm_reload leg0 "0 $size error"
message q reset_counters
ok 'and when it is gone' fio_job --rw=write --verify_only
ok 'its errors are counted' test "$(status q read_errors 0)" -gt 100
is "$(status q read_errors 1)" 4 "the second leg's too, one a request"
is "$(status q read_errors 2)" 0 'the third has none'
is "$(status q mismatches) $(status q no_quorum)" '0 0' 'nothing else'
heal 0 1
done_testing
