#!/bin/bash
# vm: --smp 2
# Promise: overlapping writes and reads at the same time, of mixed sizes, make healthy legs neither disagree in a vote (P3)
# nor differ in the end (P4).
. "$(dirname "$0")/lib.sh"

command -v fio > /dev/null || skip_all 'no fio'

loop_legs 3 2048
for options in '' '-- zero_copy_writes' '-- read_pattern fifo'; do
	read -ra words <<< "$options"
	quorum_create q 2 "${legs[@]}" "${words[@]}"
	# four jobs, all in the same 1 MiB
	ok "overlapping I/O ${options:-by default} succeeds" \
		fio --name=job --filename=/dev/mapper/q --direct=1 --ioengine=libaio --iodepth=8 --numjobs=4 --size=1m --io_size=3m \
		--rw=randrw --bsrange=512-64k --norandommap --randrepeat=0 --group_reporting --minimal
	is "$(counters q | sed 's/^0 0 0 [0-9]* /0 0 0 x /')" '0 0 0 x / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'and blames nobody'
	for leg in 1 2; do ok "leg $leg is identical to leg 0" cmp "$work/disk0" "$work/disk$leg"; done
	dm remove q
	devices=()
done
done_testing
