#!/bin/bash
# takes 15 s
# A GPT on a quorum device: the kernel makes no partitions of a dm device, so each is a linear device, as kpartx makes them.
# Damage of a leg below one is outvoted and told with its exact sectors of the quorum device (P1, P5), and the legs end
# identical (P4). Where the kernel finds the partitions on the legs, which it does only if those are used from their first
# sector, they cannot be taken into use beside the quorum device, nor the other way round.
# only on 6.12
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/udev.sh"
. "$(dirname "$0")/on-top.sh"

make_gpt() { printf 'label: gpt\nsize=12MiB\nsize=12MiB\n' | sfdisk -q /dev/mapper/q 2> "$work/said"; }
# kpartx_like: /dev/mapper/q-part1 and so on
kpartx_like() {
	local number start sectors
	while read -r number start sectors; do
		dm create "q-part$number" --uuid "part$number-q" --table "0 $sectors linear /dev/mapper/q $start"
		devices+=("q-part$number")
	done < <(partx --raw --noheadings --output NR,START,SECTORS /dev/mapper/q)
}
# partitions_of DEVICE: those that the kernel has made
partitions_of() { find "/sys/dev/block/$(dev_number "$1")/" -maxdepth 2 -name partition | wc -l; }
# show_partitions: lets the kernel look at the legs, as it does when disks appear
show_partitions() {
	local leg
	udevadm settle
	for leg in 0 1 2; do
		losetup --detach "${legs[leg]}"
		poll losetup --partscan "${legs[leg]}" "$work/disk$leg"
	done
}
found() { for leg in "${legs[@]}"; do partitions_of "$leg"; done | paste -sd' '; }
try_quorum() { dm create q --table "$(quorum_table 2 "${legs[@]}")"; }

loop_legs 3 65536
record_events
quorum_create q 2 "${legs[@]}"
make_gpt
udevadm trigger --settle --action=change --name-match=/dev/mapper/q
like "$(udevadm info --query=property /dev/mapper/q)" ID_PART_TABLE_TYPE=gpt 'udev knows what is on the device'
fails 'the kernel does not read the partition table of a dm device' blockdev --rereadpt /dev/mapper/q
fails 'nor does it take partitions that it is told' partx --add /dev/mapper/q
is "$(partitions_of /dev/mapper/q)" 0 'it has none'

kpartx_like
below=$(dev_number /dev/mapper/q)
is "$(dmsetup table q-part1)" "0 24576 linear $below 2048" 'a partition as a linear device'
is "$(dmsetup table q-part2)" "0 24576 linear $below 26624" 'and another'
ok 'one of them is written' write_at /dev/mapper/q-part2 $load_sectors 16 0x32
outvoted /dev/mapper/q-part2 $load_sectors $((26624 + load_sectors))
drop q-part2 q-part1 q
identical

# --- the partitions are seen on the legs, too
show_partitions
is "$(found)" '2 2 2' 'the kernel finds the partitions on the legs'
ok 'where nobody holds one' exclusive "${legs[1]}p1"
quorum_create q 2 "${legs[@]}"
is "$(status q health)" AAA 'the quorum device can be made all the same'
fails 'a partition of its leg cannot be taken into use then' exclusive "${legs[1]}p1"
drop q
exec {held}<> "${legs[1]}p2"
ok 'a partition that is only open' try_quorum
exec {held}>&-
drop q
dm create other --table "0 1024 linear ${legs[1]}p2 0"
devices=(other)
fails 'one that is used keeps the leg from being used' try_quorum
dm remove q 2> /dev/null || :
drop other

# --- they are not, if the legs begin later
clear_legs
size=$((65536 - spare))
quorum_create q 2 "${legs[0]}+$spare" "${legs[1]}+$spare" "${legs[2]}+$spare"
make_gpt
kpartx_like
is "${devices[*]}" 'q q-part1 q-part2' 'a GPT on legs that are used from an offset'
drop q-part2 q-part1 q
show_partitions
is "$(found)" '0 0 0' 'is not found on them'
done_testing
