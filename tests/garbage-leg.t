#!/bin/bash
# vm: --smp 2
# also on the debug kernel
# takes 35 s
# P1, P5: a leg of pure garbage that is read for a while: data are right, each block it loses is counted once for each read
# of it, exactly, memory does not grow, and reading takes at most three times as long as from a clean set.
# ROUNDS (16) is how often all is read.
. "$(dirname "$0")/lib.sh"

rounds=$(rounds 16)
sectors=16384
blocks=$((sectors / 8))

# read_all NAME: one request of 128 KiB at a time; sets $took to the microseconds
read_all() {
	local begin=${EPOCHREALTIME/./}
	dd if="/dev/mapper/$1" of=/dev/null bs=128k iflag=direct status=none || return
	took=$((${EPOCHREALTIME/./} - begin))
}
right() { dd if=/dev/mapper/garbage bs=128k iflag=direct status=none | cmp - "$work/disk0"; }

# unreclaimable slab, and the kernel's own pages, in KiB: what would grow with a leak
kernel_memory() { awk '$1 == "SUnreclaim:" || $1 == "KernelStack:" || $1 == "Percpu:" { n += $2 } END { print "KiB", n }' /proc/meminfo; }
taken() { awk '$1 == "MemTotal:" { n += $2 } $1 == "MemAvailable:" { n -= $2 } END { print "KiB", n }' /proc/meminfo; }

stretches=0 reads=0 best_clean='' best_garbage=''
measure() {
	slab_objects > "$work/slabs$stretches"
	kernel_memory > "$work/kernel$stretches"
	taken > "$work/taken$stretches"
}
# stretch: half of the rounds. In turn, and the best of each: what else the machine does hits one as well as the other.
stretch() {
	local round
	for ((round = 1; round <= (rounds + 1) / 2; round++)); do
		read_all clean
		[ -n "$best_clean" ] && [ "$best_clean" -le "$took" ] || best_clean=$took
		read_all garbage
		[ -n "$best_garbage" ] && [ "$best_garbage" -le "$took" ] || best_garbage=$took
		reads=$((reads + 1))
	done
	stretches=$((stretches + 1))
	measure
}
# what grows in each stretch: slabs by an object for every fourth request, the kernel's memory, what is taken of the machine's
growing_slabs() { grown $(((rounds + 1) * sectors / 2048)) "$work"/slabs?; }
growing_kernel() { grown 2048 "$work"/kernel?; }
growing_use() { grown 8192 "$work"/taken?; }
is_fast() { [ "$best_garbage" -le $((3 * best_clean)) ]; }

loop_legs 6 $sectors
quorum_create clean 2 "${legs[@]:3}"
quorum_create garbage 2 "${legs[@]:0:3}"
for name in clean garbage; do
	dd if=/dev/urandom of="/dev/mapper/$name" bs=128k count=$((sectors / 256)) oflag=direct iflag=fullblock status=none
	is "$(counters $name)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' "$name: nothing is counted before"
done
head -c $((sectors * 512)) /dev/urandom | dd of="$work/disk1" bs=1M iflag=fullblock conv=notrunc status=none

ok 'the data are right' right
is "$(counters garbage)" "$blocks 0 0 0 / 0 0 0 0 / $blocks 0 0 0 / 0 0 0 0" 'every block of the leg has lost one vote'
read_all clean
measure
stretch
stretch
# a leak goes on, and so does a vote that is too slow; what else there is comes and goes
while ! is_fast || [ -n "$(growing_slabs; growing_kernel; growing_use)" ]; do
	[ $stretches -lt 8 ] || break
	stretch
done
lost=$(((reads + 1) * blocks))
is "$(counters garbage)" "$lost 0 0 0 / 0 0 0 0 / $lost 0 0 0 / 0 0 0 0" "and $reads more in $reads more reads"
is "$(status garbage health)" AAA 'the leg is still a leg'
is "$(counters clean)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'the other device is clean'

diag "a read of all took $best_clean us, with a leg of garbage $best_garbage us"
ok 'it takes at most three times as long' is_fast
diag "after $stretches stretches: KiB of the kernel's $(cut -d' ' -f2 "$work"/kernel? | paste -sd' '), taken in all $(cut -d' ' -f2 "$work"/taken? | paste -sd' ')"
ok 'there are slabs to be counted' test "$(wc -l < "$work/slabs0")" -gt 5
is "$(growing_slabs)" '' 'no slab grows'
is "$(growing_kernel)" '' "nor does the kernel's memory"
is "$(growing_use)" '' 'nor is less and less available'

# once it is right again, all is quiet
cat "$work/disk0" > "$work/disk1"
ok 'the leg is healed' right
is "$(status garbage mismatches)" "$lost" 'and loses no more'
done_testing
