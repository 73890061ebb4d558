#!/bin/bash
# vm: --smp 2 --mem 256 --disk 192 --disk 192 --disk 192
# takes 60 s
# P6: a quorum device can hold swap. On a machine that has far less memory than its processes use, pages go out and come
# back as they were, nothing deadlocks or is killed, no leg is blamed (P3) and the legs hold identical bytes (P4).
# ROUNDS (1) is how often the memory is gone through.
. "$(dirname "$0")/lib.sh"

here=$(dirname "$0")
rounds=$(rounds 1)
# the disks that the harness was asked for; in memory they would take what they give
scratch=(/dev/disk/by-id/virtio-scratch[0-9])
[ -b "${scratch[2]-}" ] || skip_all 'needs three scratch disks (tests/vm/run --disk)'

# vm_counter NAME
vm_counter() { awk -v name="$1" '$1 == name { print $2 }' /proc/vmstat; }

size=$((192 * 2048))
disks=("${scratch[@]:0:3}")
legs=("${disks[@]}")
nothing='0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0'
free=$(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo)
ok 'memory is short' test "$free" -lt 200

quorum_create q 2 "${legs[@]}"
mkswap /dev/mapper/q > "$work/said"
# which suspends it: not while this shell may have pages there
is "$(counters q)" "$nothing" 'nothing is counted before'
swapon /dev/mapper/q
out=$(vm_counter pswpout) in=$(vm_counter pswpin)

# two processes, together a third more than there is
for n in 1 2; do perl "$here/swap.pl" $((free * 2 / 3)) "$rounds" > "$work/wrong$n" 2> "$work/error$n" & done
ok 'two processes use more memory than there is' wait -n
ok 'and neither is killed' wait -n
is "$(cat "$work/wrong1" "$work/error1" "$work/wrong2" "$work/error2" | paste -sd' ')" '0 0' 'all pages hold what they should'
ok 'pages went out' test $(($(vm_counter pswpout) - out)) -gt 1024
ok 'and came in' test $(($(vm_counter pswpin) - in)) -gt 1024
ok 'swap can be switched off' swapoff /dev/mapper/q

is "$(counters q)" "$nothing" 'no fault is counted'
dm remove q
devices=()
for leg in 1 2; do ok "leg $leg is identical to leg 0" cmp "${disks[0]}" "${disks[leg]}"; done
is "$(kernel_log | grep -E 'page allocation|Out of memory|oom-kill')" '' 'the kernel did not run out of memory'
done_testing
