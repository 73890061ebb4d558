#!/bin/bash
# takes 15 s
# The legs are plain copies, so a RAID1 becomes a quorum, and a RAID1 again, without a copy of the data, as
# Documentation/admin-guide.md tells it: md's superblocks are left where they are, before the data or behind it. All that
# was written by either is there, no leg is blamed (P3), and the legs are identical (P4).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/md.sh"

for metadata in 1.0 1.2; do
	new_legs
	mdadm --quiet --create /dev/md0 --run --level=1 --raid-devices=3 --metadata=$metadata --bitmap=internal "${legs[@]}"
	poll md_idle
	size=$(blockdev --getsz /dev/md0)
	mkfs.ext4 -q -F /dev/md0
	change 1 /dev/md0
	is "$(missing) $(md_differs)" '0 0' "$metadata: a RAID1 before"
	mdadm --quiet --stop /dev/md0

	offsets=()
	for leg in 0 1 2; do offsets+=("$(examined $leg 'Data Offset')"); done
	is "$(examined 0 'Array Size')" $((size / 2)) 'its size in KiB is that of the device'
	if [ $metadata = 1.0 ]; then
		is "${offsets[*]}" '0 0 0' 'data begins with the leg'
		ok 'and ends before the superblock' test "$(examined 0 'Super Offset')" -ge "$size"
	else
		ok 'data begins behind the superblock' test "${offsets[0]}" -gt "$(examined 0 'Super Offset')"
	fi
	dd if="$work/disk0" of="$work/before" bs=512 count="${offsets[0]}" status=none
	dd if="$work/disk0" bs=512 skip=$((offsets[0] + size)) status=none >> "$work/before"

	dm_create q "$(table)"
	ok 'as a quorum: the data is there' intact /dev/mapper/q
	change 2 /dev/mapper/q
	message q check
	wait_idle q
	is "$(counters q) $(status q health)" "$nobody AAA" 'nobody is blamed'
	remove q
	ok 'the legs are identical' identical 0 2
	{
		dd if="$work/disk0" bs=512 count="${offsets[0]}" status=none
		dd if="$work/disk0" bs=512 skip=$((offsets[0] + size)) status=none
	} > "$work/after"
	ok 'what is outside of the data has not been written' cmp "$work/before" "$work/after"

	mdadm --quiet --assemble /dev/md0 "${legs[@]}"
	ok 'as a RAID1 again: the data is there' intact /dev/md0
	is "$(missing) $(md_differs)" '0 0' 'and the legs do not differ'
	change 3 /dev/md0
	mdadm --quiet --stop /dev/md0
done
done_testing
