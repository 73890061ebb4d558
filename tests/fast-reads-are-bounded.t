#!/bin/bash
# With read_pattern fast, what a slow leg still has to answer does not eat the memory (P6): past a bound it is waited for.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"

loop_legs 3 65536
wrap_legs
quorum_create q 2 "${legs[@]}" -- read_pattern fast
ok 'it reads' holds /dev/mapper/q 0 65536 0
is "$(counters q) $(health q)" "$nothing AAA" 'all is well before'

# of 128 KiB from three legs, 84 at a time: 31.5 MiB, and the requests themselves
hang 1
dd if=/dev/mapper/q of="$work/read" bs=128K count=256 iflag=direct status=none &
job=$!
# until nothing has been read for some seconds
still=0 size_before=-1
while all_running $job && [ $still -lt 4 ]; do
	nap 1
	size_now=$(stat -c %s "$work/read")
	if [ "$size_now" = "$size_before" ]; then : $((still += 1)); else still=0; fi
	size_before=$size_now
done
ok 'the leg is waited for at last' all_running $job
reads=$(($(stat -c %s "$work/read") / 131072))
diag "$reads reads are late"
ok 'but not at once' [ "$reads" -gt 60 ]
ok 'and not too late' [ "$reads" -le 86 ]
unhang 1
ok 'all reads end' wait $job
ok 'and are right' cmp "$work/read" "$work/disk0"
is "$(counters q) $(health q)" "$nothing AAA" 'nobody is blamed'

hang 1
ok 'after that, there is room again' holds /dev/mapper/q 0 1024 0
unhang 1

done_testing
