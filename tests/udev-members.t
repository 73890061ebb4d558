#!/bin/bash
# takes 10 s
# What is on a quorum device is on each leg, too, if that is used from its first sector. udev makes no links by it to a leg
# that /etc/quorumtab names, or that is in use, and tells that it is a leg; of other legs, the quorum device has the links
# as long as it is there. Links by what a leg is itself stay.
# only on 6.12
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/udev.sh"
[ -e /usr/lib/udev/rules.d/61-dm-quorum-members.rules ] || skip_all 'the udev rules are not installed'

uuid=6d0c8a2e-6a52-4d4f-9c0e-0123456789ab
# appear LEG...: as when the machine starts
appear() {
	local leg
	for leg; do udevadm trigger --settle --action=add --name-match="$leg"; done
}
property() { udevadm info --query=property --property="$2" --value "$1"; }
links() { udevadm info --query=symlink "$1" | tr ' ' '\n' | sed '/^$/d' | sort; }
# leads_to: what the link by UUID is of
leads_to() { if [ -e "/dev/disk/by-uuid/$uuid" ]; then dev_number "/dev/disk/by-uuid/$uuid"; else echo none; fi; }
# create: with a uuid, as quorumsetup does
create() {
	dmsetup create q --uuid QUORUM-q --table "$(quorum_table 2 "${legs[@]}")"
	devices=(q)
	udevadm settle
}
drop() {
	dmsetup remove --retry q
	devices=()
	udevadm settle
}

rm -f /etc/quorumtab
loop_legs 3 16384
mkfs.ext4 -q -b 4096 -U $uuid -L harvest "${legs[0]}"
for leg in 1 2; do cp "$work/disk0" "$work/disk$leg"; done
appear "${legs[@]}"
like "$(leads_to)" '^7:' 'without all this, the link by UUID leads to a leg'
is "$(property "${legs[1]}" ID_FS_TYPE)" ext4 'which holds a filesystem'

# --- legs that nothing names
create
is "$(leads_to)" "$(dev_number /dev/mapper/q)" 'the link leads to the quorum device when that is there'
appear "${legs[1]}"
is "$(leads_to)" "$(dev_number /dev/mapper/q)" 'also if a leg comes later'
is "$(property "${legs[1]}" ID_FS_TYPE)" dm_quorum_member 'a leg in use is told to be one'
is "$(property "${legs[1]}" DM_QUORUM_MEMBER_OF)" q 'and of what'
is "$(property "${legs[1]}" ID_FS_UUID)" '' 'and has no UUID'
udevadm trigger --settle --action=change --name-match=/dev/mapper/q
is "$(leads_to)" "$(dev_number /dev/mapper/q)" 'an event of the quorum device changes nothing'
is "$(property /dev/mapper/q ID_FS_TYPE)" ext4 'of which it is known what it holds'
drop
like "$(leads_to)" '^7:' 'without the quorum device, a leg that nothing names has the link'

# --- legs that /etc/quorumtab names
# what any other rules make of the leg itself
mkdir -p /run/udev/rules.d
echo 'SUBSYSTEM=="block", SYMLINK+="own/one-%k own/two-%k"' > /run/udev/rules.d/50-own.rules
udevadm control --reload
{
	echo 'bad'
	printf 'q %s -\n' "$(IFS=,; echo "${legs[*]}")"
} > /etc/quorumtab
appear "${legs[@]}"
is "$(leads_to)" none 'there is no link to a leg that is named'
is "$(for leg in "${legs[@]}"; do property "$leg" ID_FS_TYPE; property "$leg" ID_FS_USAGE; done | sort -u)" \
	'dm_quorum_member
raid' 'they are told to be legs'
is "$(links "${legs[0]}" | grep own)" "own/one-${legs[0]##*/}
own/two-${legs[0]##*/}" 'and keep what is no link by what they hold'
create
is "$(leads_to)" "$(dev_number /dev/mapper/q)" 'the link leads to the quorum device'
is "$(readlink -f /dev/disk/by-label/harvest)" "$(readlink -f /dev/mapper/q)" 'the one by label, too'
appear "${legs[@]}"
is "$(leads_to)" "$(dev_number /dev/mapper/q)" 'also when legs have come anew'
drop
is "$(leads_to)" none 'and nowhere when that is gone'

# --- partitions that are on the legs, and legs that are partitions
rm /etc/quorumtab
for leg in 0 1; do
	truncate -s 0 "$work/disk$leg"
	truncate -s $((size * 512)) "$work/disk$leg"
	# without an identifier of the table its partitions have none
	printf 'leg%d' $leg | dd of="$work/disk$leg" bs=1 seek=440 conv=notrunc status=none
done
partition 0 2048 4096 8192 4096
partition 1 2048 4096
udevadm settle
mkfs.ext4 -q -b 4096 -O ^has_journal -U $uuid "${legs[0]}p1"
appear "${legs[0]}" "${legs[0]}p1" "${legs[0]}p2"
is "$(leads_to)" "$(dev_number "${legs[0]}p1")" 'a partition on a leg has the link before'
like "$(links "${legs[0]}p2")" by-partuuid 'another one has a link by its number in the table'
echo "q ${legs[0]},${legs[1]}" > /etc/quorumtab
appear "${legs[0]}" "${legs[0]}p1" "${legs[0]}p2"
is "$(leads_to)" none 'what is on a leg has none'
is "$(links "${legs[0]}p2" | grep partuuid)" '' 'of neither kind'
link=/dev/$(links "${legs[1]}p1" | grep partuuid)
echo "q $link,/dev/nothing" > /etc/quorumtab
rm "$link" # it is not there yet when udev sees a device first
appear "${legs[1]}p1"
is "$(property "${legs[1]}p1" DM_QUORUM_MEMBER_OF)" q 'a leg can be named by a link that only udev makes'
like "$(links "${legs[1]}p1")" by-partuuid 'and keeps it'
is "$(property "${legs[0]}" DM_QUORUM_MEMBER_OF)" q 'what was a leg is one until its next event'
appear "${legs[0]}"
is "$(property "${legs[0]}" DM_QUORUM_MEMBER_OF)" '' 'and then no more'
rm /etc/quorumtab
done_testing
