# shellcheck shell=bash disable=SC2154  # variables of lib.sh
# Sourced after lib.sh by the tests of filesystems on /dev/mapper/q: real files, and how they are then.

nothing='0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0'
mount_point=$work/mnt

# copy_files: a tree of many files, copied, in part removed and copied again, by two writers at a time
copy_files() {
	local source sources copier
	mapfile -t sources < <(find /usr/lib/x86_64-linux-gnu/perl-base /usr/share/perl -maxdepth 2 -mindepth 1 \
		-type d | head -n 14)
	(for source in "${sources[@]:0:7}"; do cp -a "$source" "$mount_point/"; done) &
	copier=$!
	tar -C /usr/lib -cf - udev | tar -C "$mount_point" -xf -
	wait $copier
	rm -r "$mount_point/udev/rules.d"
	for source in "${sources[@]:7}"; do cp -a "$source" "$mount_point/"; done
	cp /usr/bin/[a-d]* "$mount_point/" 2> /dev/null || :
	sync
}

# files_are_right [OPTION...]: it is mounted with these, and each file is what it was
files_are_right() {
	mount "$@" /dev/mapper/q "$mount_point"
	(cd "$mount_point" && sha256sum --quiet -c "$work/sums")
}

# holds_files MKFS FSCK: commands, which get the device behind their words
holds_files() {
	local mkfs fsck leg
	read -ra mkfs <<< "$1"
	read -ra fsck <<< "$2"
	ok "$1" "${mkfs[@]}" /dev/mapper/q
	mkdir "$mount_point"
	mount /dev/mapper/q "$mount_point"
	copy_files
	(cd "$mount_point" && find . -type f -print0 | sort -z | xargs -0 sha256sum) > "$work/sums"
	umount "$mount_point"
	ok 'there are many files' test "$(wc -l < "$work/sums")" -gt 150

	is "$(counters q)" "$nothing" 'nothing is counted'
	ok 'the filesystem is in order' "${fsck[@]}" /dev/mapper/q
	for leg in 1 2; do ok "leg $leg is identical to leg 0" cmp "$work/disk0" "$work/disk$leg"; done

	ok 'all files are what they were' files_are_right -o ro
	umount "$mount_point"
	is "$(counters q)" "$nothing" 'and still nothing is counted'
}
