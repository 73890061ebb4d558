#!/bin/bash
# only on the debug kernel
# P2, P6: a leg hangs in requests that are done block by block because the module gets no memory. It is let go when it is failed,
# and what it is given late, which may be anything, is not trusted.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"

debug=/sys/kernel/debug
# what the module asks for without waiting is not given: all of it, or none
memory() {
	local start size fault
	start=$(printf %u "$(< /sys/module/dm_quorum/sections/.text)")
	size=$(awk '$1 == "dm_quorum" { print $2 }' /proc/modules)
	for fault in failslab fail_page_alloc; do
		# bash's own numbers have a sign
		printf %u "$start" > "$debug/$fault/require-start"
		printf %u $((start + size)) > "$debug/$fault/require-end"
		printf 32 > "$debug/$fault/stacktrace-depth"
		printf 0 > "$debug/$fault/verbose"
		printf 1000000 > "$debug/$fault/times"
		printf 1 > "$debug/$fault/ignore-gfp-wait"
		printf %u "$1" > "$debug/$fault/probability"
	done
	printf 0 > "$debug/fail_page_alloc/min-order"
}
refused() { echo $((1000000 - $(< "$debug/failslab/times"))); }
# numbered: eight blocks that all differ
numbered() { local block; for block in 61 62 63 64 65 66 67 68; do pattern "0x$block" 8; done; }
write_numbered() { numbered | dd of=/dev/mapper/q bs=32k seek=$(($1 * 512)) count=1 iflag=fullblock oflag=seek_bytes,direct status=none; }

loop_legs 3 2048
wrap_legs
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2048 0x32
is "$(counts q) $(health q)" "$nothing AAA" 'all is well before'

for leg in 0 1 2; do
	# --- a write hangs in its first block, and another one, which waits for it, does not after that
	hang $leg
	memory 100
	write_numbered 256 &
	first=$!
	ok "leg $leg: a write is in flight" poll in_flight /dev/mapper/q 0 1
	write_numbered 1280 &
	second=$!
	ok 'and another one' poll in_flight /dev/mapper/q 0 2
	ok 'none ends' all_running $first $second
	ok 'the leg is failed' message q fail $leg
	ok 'one ends, and well' wait $first
	ok 'so does the other' wait $second
	ok 'there was no memory' test "$(refused)" -gt 1
	ok 'there is none for this read either: data' cmp <(read_at /dev/mapper/q 256 64) <(numbered)
	fails 'the leg cannot be restored' message q restore $leg
	unhang $leg
	memory 0
	ok 'it can when it is back' restored q $leg
	ok 'all is well' recovered q
	ok 'the legs are identical' identical

	# --- a read; with no memory, nothing is read into the pages of the caller
	hang $leg
	memory 100
	read_at /dev/mapper/q 256 64 > "$work/read" &
	first=$!
	ok "leg $leg: a read is in flight" poll in_flight /dev/mapper/q 1 0
	ok 'and does not end' all_running $first
	ok 'the leg is failed' message q fail $leg
	ok 'it ends, and well' wait $first
	ok 'what was read is right' cmp "$work/read" <(numbered)
	ok 'another one' holds /dev/mapper/q 512 256 0x32
	unhang $leg
	memory 0
	ok 'the leg can be restored' restored q $leg
	ok 'all is well' recovered q
	write_at /dev/mapper/q 256 64 0x32
done
is "$(counters q)" "$nothing" 'nobody is blamed'
ok 'the legs are identical' identical
done_testing
