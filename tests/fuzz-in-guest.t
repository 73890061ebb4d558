#!/bin/bash
# also on the debug kernel
# takes 15 s
# P7: whatever a table line or a message is, it is taken or refused, the kernel has nothing to complain of, nothing is left
# open, and what `dmsetup table` prints of a line that was taken loads again and prints the same.
. "$(dirname "$0")/lib.sh"
seed=${SEED:-$RANDOM}
diag "SEED=$seed"

# fuzz COUNT WHAT: lines are damaged and used. Sets $taken and $refused.
fuzz() {
	local count
	count=$(rounds "$1")
	ok "$2: $count, and nothing wrong" env complaint="$complaint" perl "$(dirname "$0")/fuzz-lines.pl" "$2" q "$count" \
		"$seed" "${numbers[@]}"
	taken=$(sed -n 's/^taken=\([0-9]*\) .*/\1/p' "$work/said")
	refused=$(sed -n 's/.* refused=\([0-9]*\)$/\1/p' "$work/said")
	diag "$2: $taken taken, $refused refused"
	ok "$2: some are taken" test "$taken" -gt 0
	ok "$2: some are refused" test "$refused" -gt 0
}

loop_legs 4 4096
size=2048 numbers=()
for leg in "${legs[@]}"; do numbers+=("$(dev_number "$leg")"); done
quorum_create q 2 "${legs[@]:0:3}"
ok 'it is written' write_at /dev/mapper/q 0 2048 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault before'

fuzz 1500 message
message q idle
for leg in 0 1 2; do message q restore $leg 2> /dev/null || :; done
wait_idle q
is "$(status q health)" AAA 'what was failed is restored'
# a check may have found too few legs, as messages have failed some
is "$(counters q | awk '{ $2 = "-" } 1')" '0 - 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no leg was blamed'

# the table that is in force is not to hold the legs
dm_reload q "0 $size error"
fuzz 1500 table
ok 'no line has left anything open' exclusive "${legs[@]}"
quorum_reload q 2 "${legs[@]:0:3}"
ok 'and the legs hold what was written' holds /dev/mapper/q 0 2048 0x32
# so much was said that the first mark may be gone, and with it all of the log for what looks there
mark_log "begin $$"
done_testing
