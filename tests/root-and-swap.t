#!/bin/bash
# vm: --smp 2 --mem 256 --disk 192 --disk 192 --disk 192
# takes 90 s
# only on 6.12
# P6: on a machine with far less memory than its processes use, both the root of processes and the swap are on quorum
# devices, and a leg of both is failed, restored and filled meanwhile. Nothing deadlocks or is killed, no page and no file
# is wrong, no leg is blamed (P3), and the legs hold identical bytes (P4).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/root-tree.sh"

scratch=(/dev/disk/by-id/virtio-scratch[0-9])
[ -b "${scratch[2]-}" ] || skip_all 'needs three scratch disks (tests/vm/run --disk)'
nothing='0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0'
free=$(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo)
ok 'memory is short' test "$free" -lt 200

disks=("${scratch[@]:0:3}")
size=$((96 * 2048))
quorum_create q 2 "${disks[@]}"
quorum_create s 2 "${disks[0]}+$size" "${disks[1]}+$size" "${disks[2]}+$size"
mkfs.ext4 -q -F /dev/mapper/q
mkswap /dev/mapper/s > "$work/said"
is "$(counters q) $(counters s)" "$nothing $nothing" 'nothing is counted before'
swapon /dev/mapper/s
start_tree
cp -r /usr/lib/x86_64-linux-gnu/perl-base "$work/mnt/usr/lib/x86_64-linux-gnu/"
cp tests/swap.pl "$work/mnt/"

# two more of that root, together a third more than there is
hog() { until [ -e "$work/enough" ]; do chroot "$work/mnt" perl /swap.pl $((free * 2 / 3)) 1 || break; done; }
hogs=()
for n in 1 2; do hog > "$work/wrong$n" 2>&1 & hogs+=("$!"); done
written() { awk '$1 == "pswpout" { print $2 }' /proc/vmstat; }
# not by status(), which suspends: this shell may need a page of its own to resume what it is on
in_sync() { [ "$(dmsetup status "$1" | awk '{ print $6, $8 }')" = 'AAA idle' ]; }
swaps() { [ "$(written)" -ge "$1" ]; }
ok 'pages go out' poll swaps 1024
ok 'the processes go on' go_on
for device in q s; do message $device fail 1; done
ok 'with a leg failed pages go out' poll swaps $(($(written) + 1024))
ok 'and the processes go on' go_on
echo 200000 > /sys/module/dm_quorum/parameters/sync_speed_min
for device in q s; do message $device restore 1; done
for device in q s; do ok "$device: the leg is filled" poll in_sync $device; done
ok 'the processes go on' go_on
ok 'in order' all_fine

touch "$work/enough"
ok 'those that fill the memory come to their end' wait "${hogs[@]}"
is "$(sort -u "$work"/wrong?)" 0 'all pages held what they should'
rm "$work/mnt/swap.pl"
end_tree
ok 'swap can be switched off' swapoff /dev/mapper/s
for device in q s; do
	like "$(counters $device)" '^0 0 [0-9]+ [0-9]+ / 0 0 0 0 / 0 0 0 [0-9]+ / 0 0 0 0$' 'nothing but what is filled'
done
ok 'the filesystem is in order' fsck.ext4 -fn /dev/mapper/q
dm remove q
dm remove s
devices=()
for leg in 1 2; do ok "leg $leg is identical to leg 0" cmp "${disks[0]}" "${disks[leg]}"; done
is "$(kernel_log | grep -E 'page allocation|Out of memory|oom-kill')" '' 'the kernel did not run out of memory'
done_testing
