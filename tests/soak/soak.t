#!/bin/bash
# vm: --smp 2 --mem 384 --disk 384 --disk 384 --disk 384
# P1 to P6: what torture.t does, for TIME (3600) seconds, in six lives of the device, on a machine whose processes use more
# memory than there is, so that it swaps all the while, to another quorum device. Nothing is lost, neither data nor pages;
# nobody is blamed who is not at fault; and no slab, nor memory that is in none, grows with each life.
# Not in `make check`: `make soak`.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../verified-load.sh"
. "$(dirname "$0")/../torture.sh"

scratch=(/dev/disk/by-id/virtio-scratch[0-9])
[ -b "${scratch[2]-}" ] || skip_all 'needs three scratch disks (tests/vm/run --disk)'
lives=6
free=$(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo)

# press: two processes go again and again through a third more memory than there is. The swap has to hold as much as there
# is: the disks of the torture are in memory, too.
press() {
	local n
	size=$(blockdev --getsz "${scratch[0]}") quorum_create s 2 "${scratch[@]:0:3}"
	mkswap /dev/mapper/s > "$work/said"
	swapon /dev/mapper/s
	hogs=()
	rm -f "$work/enough"
	for n in 1 2; do
		until [ -e "$work/enough" ]; do perl tests/swap.pl $((free * 2 / 3)) 1 || break; done > "$work/wrong$n" 2>&1 &
		hogs+=("$!")
	done
}
pressed() {
	local leg
	touch "$work/enough"
	wait "${hogs[@]}"
	is "$(sort -u "$work"/wrong?)" 0 "all pages held what they should, $(cat "$work"/wrong? | wc -l) times"
	ok 'swap can be switched off' swapoff /dev/mapper/s
	is "$(counters s)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted'
	dm remove s
	for leg in 1 2; do ok "its leg $leg is identical to its leg 0" cmp "${scratch[0]}" "${scratch[leg]}"; done
}

# memory_held: slabs, and in 64 KiB the pages that belong to nothing that the kernel lists: where a module's own are
memory_held() {
	sync
	echo 3 > /proc/sys/vm/drop_caches
	slab_objects
	awk '
		{ kib[$1] = $2 }
		END {
			held = kib["MemTotal:"] - kib["MemFree:"] - kib["Buffers:"] - kib["Cached:"] - kib["SwapCached:"]
			held -= kib["AnonPages:"] + kib["Slab:"] + kib["KernelStack:"] + kib["PageTables:"] + kib["Percpu:"]
			print "pages", int(held / 64)
		}' /proc/meminfo
}

ok 'there is memory to be short of' test "$free" -gt 100
out=$(awk '$1 == "pswpout" { print $2 }' /proc/vmstat)
memory_held > "$work/memory0"
diag "before: $(paste -sd' ' "$work/memory0")"
for ((life = 1; life <= lives; life++)); do
	until=$((SECONDS + ${TIME:-3600} / lives))
	press
	begin_torture
	while torture && [ "$SECONDS" -lt "$until" ]; do :; done
	end_torture
	dm remove q
	pressed
	devices=("${devices[@]:0:5}")
	memory_held > "$work/memory$life"
	diag "life $life: $step faults, $(paste -sd' ' "$work/memory$life")"
done
ok 'it has swapped all the while' test $(($(awk '$1 == "pswpout" { print $2 }' /proc/vmstat) - out)) -gt $((lives * 256))
is "$(grown 16 "$work"/memory?)" '' 'no slab grows by 16 objects in each life, nor other memory by a mebibyte'
done_testing
