#!/bin/bash
# vm: --smp 2
# also on the debug kernel
# P5: a leg of pure garbage that is read for a while: data are right, each block it loses is counted once for each read of
# it, exactly, memory does not grow, and reading takes at most three times as long as from a clean set.
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
kernel_memory() { awk '$1 == "SUnreclaim:" || $1 == "KernelStack:" || $1 == "Percpu:" { n += $2 } END { print n }' /proc/meminfo; }
available() { awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo; }
slab_objects() { awk '/^kmalloc-/ { n += $2 * $4 } END { print int(n / 1024) }' /proc/slabinfo; }

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
before_slab=$(slab_objects) before_kernel=$(kernel_memory) before_available=$(available)

# in turn, and the best of each: what else the machine does hits one as well as the other
best_clean='' best_garbage=''
for ((round = 1; round <= rounds; round++)); do
	read_all clean
	[ -n "$best_clean" ] && [ "$best_clean" -le "$took" ] || best_clean=$took
	read_all garbage
	[ -n "$best_garbage" ] && [ "$best_garbage" -le "$took" ] || best_garbage=$took
done
lost=$(((rounds + 1) * blocks))
is "$(counters garbage)" "$lost 0 0 0 / 0 0 0 0 / $lost 0 0 0 / 0 0 0 0" "and $rounds more in $rounds more reads"
is "$(status garbage health)" AAA 'the leg is still a leg'
is "$(counters clean)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'the other device is clean'

diag "a read of all took $best_clean us, with a leg of garbage $best_garbage us"
ok 'it takes at most three times as long' test "$best_garbage" -le $((3 * best_clean))
diag "KiB in kmalloc slabs $before_slab -> $(slab_objects), the kernel's $before_kernel -> $(kernel_memory), available $before_available -> $(available)"
ok 'slabs do not grow' test "$(slab_objects)" -lt $((before_slab + 2048))
ok "nor does the kernel's memory" test "$(kernel_memory)" -lt $((before_kernel + 4096))
ok 'nor is less available' test "$(available)" -gt $((before_available - 16384))

# once it is right again, all is quiet
cat "$work/disk0" > "$work/disk1"
ok 'the leg is healed' right
is "$(status garbage mismatches)" "$lost" 'and loses no more'
done_testing
