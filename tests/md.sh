# shellcheck shell=bash disable=SC2154,SC2034  # variables of lib.sh
# Sourced after lib.sh: what tests that make a quorum of a RAID1, or a RAID1 of a quorum, share. Set $size to the sectors of
# either, and ${offsets[@]} to the sector of each leg at which its data begins.

modprobe raid1
mkdir "$work/mnt"
nobody='0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0'

# examined LEG KEY: a number of sectors that `mdadm --examine` tells; without such a line, 0
examined() { mdadm --examine "${legs[$1]}" | awk -v key="$2 :" 'index($0, key) { n = $4 } END { print n + 0 }'; }
# table OPTION...: the quorum in the place of the RAID1, of $size sectors, each leg's data where md has it
table() {
	local leg words=()
	for leg in "${legs[@]}"; do words+=("$leg+${offsets[${#words[@]}]}"); done
	quorum_table 2 "${words[@]}" -- "$@"
}
# change NUMBER DEVICE: what a user does with the filesystem, another thing each time; notes what is there now
change() {
	mount "$2" "$work/mnt"
	mkdir "$work/mnt/$1"
	cp -r /usr/lib/udev/rules.d "$work/mnt/$1/"
	head -c 3000000 /dev/urandom > "$work/mnt/$1/random"
	rm -f "$work/mnt/$(($1 - 1))/random"
	umount "$work/mnt"
	mount -o ro "$2" "$work/mnt"
	(cd "$work/mnt" && find . -type f -print0 | sort -z | xargs -0 sha256sum) > "$work/sums"
	umount "$work/mnt"
}
# intact DEVICE: the filesystem is in order, and holds what was noted
intact() {
	fsck.ext4 -fn "$1" && mount -o ro "$1" "$work/mnt" || return
	(cd "$work/mnt" && find . -type f -print0 | sort -z | xargs -0 sha256sum) > "$work/sums_now"
	umount "$work/mnt"
	cmp "$work/sums" "$work/sums_now"
}
remove() {
	dm remove "$1"
	devices=()
}
# identical LEG...: so is their data to that of leg 1
identical() {
	local leg
	for leg; do
		cmp --bytes=$((size * 512)) --ignore-initial=$((offsets[1] * 512)):$((offsets[leg] * 512)) \
			"$work/disk1" "$work/disk$leg" || return
	done
}
# missing: how many legs the RAID1 lacks
missing() { cat /sys/block/md0/md/degraded; }
md_complete() { md_idle && [ "$(missing)" = 0 ]; }
md_idle() { [ "$(< /sys/block/md0/md/sync_action)" = idle ]; }
# md_differs: sectors in which md finds that the legs differ
md_differs() {
	echo check > /sys/block/md0/md/sync_action
	poll md_idle
	cat /sys/block/md0/md/mismatch_cnt
}
all_restored() { [ "$(status q health)" = AAA ] && is_idle q; }
# new_legs: in the place of those before
new_legs() {
	remove_legs
	rm -f "$work"/disk*
	legs=() disks=()
	loop_legs 3 65536
}
