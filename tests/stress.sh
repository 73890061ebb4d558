# shellcheck shell=bash disable=SC2154  # variables of lib.sh
# Sourced after lib.sh and verified-load.sh: others' stressors on a filesystem on /dev/mapper/q, while leg 1 is overwritten
# with garbage. All of them do so much and not for so long.

mount_point=$work/mnt

# as_told COMMAND...: it succeeds, and, like all of stress-ng's stressors, has not been skipped or ended by a deadline
as_told() {
	"$@" > "$work/stressors" 2>&1 || { cat "$work/stressors"; return 1; }
	! grep -E 'skipped|timed out|fail:' "$work/stressors"
}

# stress-ng's that work on files in a directory of their own: all at a time, NUMBER operations of each
stress_ng() {
	local name words=()
	for name in access aiol chmod copy-file dentry dir fallocate fiemap filename hdd iomix mknod open rename \
		seek sync-file touch utime xattr; do
		words+=("--$name" 1 "--$name-ops" "$1")
	done
	mkdir "$mount_point/stress-ng"
	as_told stress-ng --temp-path "$mount_point/stress-ng" --verify --timeout 3600 --fallocate-bytes 4m --hdd-bytes 1m \
		--iomix-bytes 4m --seek-size 1m --sync-file-bytes 1m "${words[@]}"
}

# two clients of dbench, which goes on for a time: until NUMBER requests have been done
dbench_load() {
	mkdir "$mount_point/dbench"
	# a group of its own, which ends as a whole
	timeout 3600 dbench --loadfile=/usr/share/dbench/client.txt --directory="$mount_point/dbench" --timelimit=3600 2 &
	local load=$! ended=0
	works "$1"
	kill "$load"
	wait "$load" || ended=$?
	# not by itself, as it does with the first operation that fails
	[ "$ended" -eq 124 ] || [ "$ended" -eq 143 ]
}

# fio's jobs that verify what they have written: through the page cache, past it, and mapped
fio_verify() {
	fio --directory="$mount_point" --size="$1" --rw=randrw --bsrange=4k-64k --verify=crc32c --verify_fatal=1 --fsync=64 \
		--minimal --name=cached --ioengine=psync --name=direct --direct=1 --ioengine=libaio --iodepth=4 \
		--name=mapped --ioengine=mmap
}

# what is left of the load may read little: the first MiB as well
blamed() { read_at /dev/mapper/q 0 2048 > "$work/read" && [ "$(dmsetup status q | awk '{ print $21 }')" -gt 20 ]; }

# stress MKFS FSCK: commands, which get the device behind their words
stress() {
	local mkfs fsck corrupter leg
	read -ra mkfs <<< "$1"
	read -ra fsck <<< "$2"
	ok "$1" "${mkfs[@]}" /dev/mapper/q
	is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nothing is counted before'
	perl "${BASH_SOURCE[0]%/*}/corrupter.pl" "$work/disk1" $((size * 512)) &
	corrupter=$!
	mkdir "$mount_point"
	mount /dev/mapper/q "$mount_point"
	ok "stress-ng's filesystem stressors" stress_ng "$(rounds 12)"
	ok 'dbench' dbench_load 300
	ok "fio's verify jobs" fio_verify 1m
	umount "$mount_point"
	ok "the filesystem is in order: $2" "${fsck[@]}" /dev/mapper/q
	ok 'the corrupted leg has been blamed' poll blamed
	ok 'it was still being corrupted at the end' kill "$corrupter"
	wait "$corrupter" || :

	is "$(status q mismatches)" "$(status q mismatches 1)" 'nobody else is blamed'
	is "$(counters q | cut -d/ -f2,4)" ' 0 0 0 0 / 0 0 0 0' 'in no way'
	is "$(status q no_quorum)" 0 'there always was a winner'
	message q repair
	wait_idle q
	for leg in 0 1; do ok "after a repair leg $leg is identical to leg 2" cmp "$work/disk$leg" "$work/disk2"; done
}
