#!/bin/bash
# takes 15 s
# A RAID1 of two legs becomes a quorum of three, which becomes a RAID1 again without a leg that it has failed. And a quorum
# that has never been a RAID1 becomes one, as Documentation/admin-guide.md tells it. All data is there, no leg is blamed
# (P3), and the legs are identical (P4).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/md.sh"

# --- a RAID1 of two becomes a quorum of three
new_legs
mdadm --quiet --create /dev/md0 --run --level=1 --raid-devices=2 --metadata=1.2 --bitmap=none \
	--assume-clean "${legs[@]:0:2}"
size=$(blockdev --getsz /dev/md0)
mkfs.ext4 -q -F /dev/md0
change 1 /dev/md0
echo repair > /sys/block/md0/md/sync_action
poll md_idle
is "$(md_differs)" 0 'a RAID1 of two legs'
mdadm --quiet --stop /dev/md0
offsets=("$(examined 0 'Data Offset')" "$(examined 1 'Data Offset')" 2048)
dm_create q "$(table rebuild 2)"
poll all_restored
is "$(counters q)" "$nobody" 'and one that is rebuilt: nobody is blamed'
ok 'the data is there' intact /dev/mapper/q
remove q
ok 'the legs are identical' identical 0 2

# --- and a RAID1 again, after it has failed a leg. md does not know that
dm_create q "$(table)"
message q fail 0
change 2 /dev/mapper/q
is "$(counters q) $(status q health)" "$nobody DAA" 'the quorum has failed a leg'
remove q
fails 'which lacks something' identical 0
mdadm --quiet --assemble /dev/md0 "${legs[@]:0:2}"
is "$(missing)" 0 'md would use the leg with the others'
ok 'and not know which of them is right' test "$(md_differs)" -gt 0
mdadm --quiet --stop /dev/md0
mdadm --quiet --zero-superblock "${legs[0]}"
mdadm --quiet --assemble --run /dev/md0 "${legs[1]}"
is "$(missing)" 1 'a RAID1 without it is degraded'
ok 'the data is there' intact /dev/md0
mdadm --quiet --manage /dev/md0 --add "${legs[0]}"
poll md_complete
is "$(md_differs)" 0 'once it has been added, the legs do not differ'
mdadm --quiet --grow /dev/md0 --raid-devices=3 --add "${legs[2]}" 2> "$work/said"
poll md_complete
ok 'with a third one, the data is there' intact /dev/md0
mdadm --quiet --stop /dev/md0
for leg in 0 1 2; do offsets[leg]=$(examined $leg 'Data Offset'); done
ok 'they are identical' identical 0 2

# --- a quorum that has never been a RAID1 becomes one, if there was left room for a superblock
for metadata in 1.0 1.2; do
	new_legs
	size=63488
	offsets=(0 0 0) options=(--metadata=1.0)
	[ $metadata = 1.0 ] || offsets=(2048 2048 2048) options=(--metadata=1.2 --data-offset=1M)
	dm_create q "$(table)"
	dd if=/dev/zero of=/dev/mapper/q bs=1M count=31 oflag=direct status=none
	mkfs.ext4 -q -F /dev/mapper/q
	change 1 /dev/mapper/q
	is "$(counters q)" "$nobody" "$metadata: a quorum with room"
	remove q
	mdadm --quiet --create /dev/md0 --run --assume-clean --level=1 --raid-devices=3 --bitmap=internal --size=$((size / 2)) \
		"${options[@]}" "${legs[@]}" 2> "$work/said"
	is "$(blockdev --getsz /dev/md0)" $size 'as a RAID1: it has the same size'
	is "$(examined 2 'Data Offset')" "${offsets[2]}" 'and the data is where it was'
	ok 'the data is there' intact /dev/md0
	is "$(missing) $(md_differs)" '0 0' 'and the legs do not differ'
	mdadm --quiet --stop /dev/md0
done
done_testing
